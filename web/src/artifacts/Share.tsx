import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Checkbox, Form, Input, Modal, Result } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api, ok } from "../api/client";
import { useIntention } from "../api/once";
import { ProjectSelect } from "../projects/ProjectSelect";
import { FormDialog } from "../ui/FormDialog";
import { ownTags, short, type Version, versionAddress } from "./kinds";

interface Typed {
  project: string;
  name: string;
  tags: boolean;
  force: boolean;
}

function bodyOf({ project, name, tags, force }: Typed) {
  return { project, name: name.trim(), tags: tags ? null : [], force };
}

/** Has another project hold this very version. */
export default function Share({ version, close }: { version: Version; close: () => void }) {
  const { t } = useTranslation();
  const asking = useQueryClient();
  const intention = useIntention<ReturnType<typeof bodyOf>>();
  const { kind, project, name } = version;
  const sharing = useMutation({
    mutationFn: (typed: Typed) => {
      const { params, body } = intention.meant(typed, () => bodyOf(typed));
      const shared = ok(
        api.POST(`/api/v1/projects/{project}/${kind}s/{name}/versions/{version}/share`, {
          params: { ...params, path: { project, name, version: version.version } },
          body,
        }),
      );
      return shared as Promise<Version>;
    },
    onSuccess: ({ project }) => {
      intention.done();
      return asking.invalidateQueries({ queryKey: ["packages", kind, project] });
    },
  });
  const title = t("artifacts.shareTitle", { what: `${name} ${short(version.version)}` });
  if (sharing.data)
    return (
      <Modal open title={title} footer={null} onCancel={close}>
        <Result
          status="success"
          title={t("artifacts.shared", { project: sharing.data.project })}
          extra={<Link to={versionAddress(sharing.data)}>{t("artifacts.sharedOpen")}</Link>}
        />
      </Modal>
    );
  return (
    <FormDialog<Typed>
      title={title}
      okText={t("artifacts.share")}
      acting={sharing}
      initial={{ name: "", tags: true, force: false }}
      close={close}
    >
      <p className="faint">{t("artifacts.shareText")}</p>
      <Form.Item
        name="project"
        label={t("artifacts.shareProject")}
        rules={[{ required: true, message: t("artifacts.shareNeeded") }]}
      >
        <ProjectSelect />
      </Form.Item>
      <Form.Item name="name" label={t("artifacts.shareName")} extra={t("artifacts.shareNameHint", { name })}>
        <Input maxLength={80} autoCapitalize="none" autoComplete="off" spellCheck={false} />
      </Form.Item>
      {ownTags(version).length > 0 && (
        <>
          <Form.Item name="tags" valuePropName="checked" noStyle>
            <Checkbox>{t("artifacts.shareTags", { tags: ownTags(version).join(", ") })}</Checkbox>
          </Form.Item>
          <Form.Item name="force" valuePropName="checked">
            <Checkbox>{t("artifacts.shareForce")}</Checkbox>
          </Form.Item>
        </>
      )}
    </FormDialog>
  );
}
