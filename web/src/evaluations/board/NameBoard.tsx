import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Checkbox, Form, Input, Modal } from "antd";
import { useTranslation } from "react-i18next";
import { useIntention } from "../../api/once";
import type { components } from "../../api/schema";
import type { Placed } from "../../panels/boards";
import { Trouble } from "../../ui/Trouble";
import { createBoard, type Document, newBoard, preferBoard } from "./queries";

interface Props {
  project: string;
  board: Placed[];
  close: () => void;
  saved: (document: Document) => void;
}

interface Typed {
  name: string;
  preferred: boolean;
}

/** Keeps a board under a name, for all evaluations of the project. */
export default function NameBoard({ project, board, close, saved }: Props) {
  const { t } = useTranslation();
  const asking = useQueryClient();
  const intention = useIntention<components["schemas"]["NewDocument"]>();
  const [form] = Form.useForm<Typed>();
  const making = useMutation({
    mutationFn: async ({ name, preferred }: Typed) => {
      const wanted = newBoard(name, board);
      const made = await createBoard(
        project,
        intention.meant(wanted, () => wanted),
      );
      if (preferred) await preferBoard(project, made.id);
      return made;
    },
    onSuccess: async (made) => {
      await asking.invalidateQueries({ queryKey: ["boards", project] });
      saved(made);
      close();
    },
  });
  return (
    <Modal
      open
      title={t("panels.board.saveAs")}
      okText={t("app.save")}
      cancelText={t("app.cancel")}
      confirmLoading={making.isPending}
      onOk={form.submit}
      onCancel={close}
    >
      <Form<Typed>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ name: "", preferred: true }}
        onFinish={(typed) => making.mutate(typed)}
      >
        <Form.Item
          name="name"
          label={t("panels.board.name")}
          extra={t("panels.board.nameHint")}
          rules={[{ required: true, whitespace: true, message: t("panels.board.nameNeeded") }]}
        >
          <Input autoFocus maxLength={200} autoComplete="off" />
        </Form.Item>
        <Form.Item name="preferred" valuePropName="checked">
          <Checkbox>{t("panels.board.preferNew")}</Checkbox>
        </Form.Item>
        <Trouble error={making.error} />
      </Form>
    </Modal>
  );
}
