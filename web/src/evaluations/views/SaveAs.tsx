import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { api, revised } from "../../api/client";
import { useIntention } from "../../api/once";
import { useMessages } from "../../shell/messages";
import { FormDialog } from "../../ui/FormDialog";
import { newView, viewQuery } from "../queries";
import { kept, type Shown } from "../state";

interface Props {
  project: string;
  shown: Shown;
  onView: (number: number) => void;
  close: () => void;
}

/** What is shown becomes another view. */
export default function SaveAs({ project, shown, onView, close }: Props) {
  const { t } = useTranslation();
  const message = useMessages();
  const asking = useQueryClient();
  const intention = useIntention<ReturnType<typeof newView>>();
  const saving = useMutation({
    mutationFn: ({ name }: { name: string }) => {
      const content = kept(shown);
      const { params, body } = intention.meant({ name, content }, () => newView(name, content));
      const path = { project };
      return revised(api.POST("/api/v1/projects/{project}/views", { params: { ...params, path }, body }));
    },
    onSuccess: async (made) => {
      const { id, name } = made.value;
      await asking.invalidateQueries({ queryKey: ["views", project] });
      // Not looked up: whoever changes it now is noticed when it is saved again.
      asking.setQueryData(viewQuery(project, id).queryKey, made);
      message.success(t("evaluations.views.saved", { name }));
      close();
      onView(id);
    },
  });
  return (
    <FormDialog<{ name: string }>
      title={t("evaluations.views.saveAs")}
      okText={t("app.save")}
      acting={saving}
      meant={({ name }) => ({ name: name.trim() })}
      own={{ conflict: t("saved.taken") }}
      close={close}
    >
      <Form.Item
        name="name"
        label={t("evaluations.views.name")}
        rules={[{ required: true, whitespace: true, message: t("evaluations.views.nameNeeded") }]}
      >
        <Input autoFocus maxLength={200} />
      </Form.Item>
    </FormDialog>
  );
}
