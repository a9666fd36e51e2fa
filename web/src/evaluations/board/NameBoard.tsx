import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Checkbox, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { useIntention } from "../../api/once";
import type { components } from "../../api/schema";
import type { Placed } from "../../panels/boards";
import { FormDialog } from "../../ui/FormDialog";
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
    <FormDialog<Typed>
      title={t("panels.board.saveAs")}
      okText={t("app.save")}
      acting={making}
      own={{ conflict: t("saved.taken") }}
      initial={{ name: "", preferred: true }}
      close={close}
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
    </FormDialog>
  );
}
