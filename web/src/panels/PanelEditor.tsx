import { useMutation, useSuspenseQuery } from "@tanstack/react-query";
import { Form, Input, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Scene } from "../shell/Scene";
import { Trouble } from "../ui/Trouble";
import { mayLose, useUnsavedWarning } from "../ui/unsaved";
import { fieldsOf, ready, tableChoices } from "./editing";
import { JobSelect } from "./JobSelect";
import { Panel } from "./Panel";
import { PanelColumns } from "./PanelColumns";
import { tablesQuery } from "./queries";
import { KINDS, type PanelSpec, SUMMARY } from "./spec";

interface Props {
  project: string;
  /** Whose tables are offered; empty where the panel itself says of which evaluation it is. */
  job: string;
  spec: PanelSpec;
  /** Whether the panel is new. */
  fresh: boolean;
  /** Keeps it; where that fails, the editor stays and tells why. */
  done: (spec: PanelSpec) => unknown;
  close: () => void;
}

/** Asks what a panel is to show, and shows it. */
export default function PanelEditor({ project, job, spec: given, fresh, done, close }: Props) {
  const { t } = useTranslation();
  const [spec, setSpec] = useState(given);
  const change = (part: Partial<PanelSpec>): void => setSpec({ ...spec, ...part });
  const whose = job || spec.job;
  const dirty = JSON.stringify(spec) !== JSON.stringify(given);
  const saved = useUnsavedWarning(dirty);
  const keeping = useMutation({ mutationFn: async () => done(spec) });
  const leave = async (): Promise<void> => {
    if (!dirty || (await mayLose())) close();
  };
  return (
    <Modal
      open
      width={760}
      title={t(fresh ? "panels.add" : "panels.edit")}
      okText={t(fresh ? "panels.add" : "app.save")}
      okButtonProps={{ disabled: !ready(spec, whose) }}
      cancelText={t("app.cancel")}
      mask={{ closable: !dirty }}
      confirmLoading={keeping.isPending}
      onOk={() => keeping.mutate(undefined, { onSuccess: saved })}
      onCancel={() => void leave()}
    >
      <Trouble error={keeping.error} />
      <Form layout="vertical" className="panel-form" component="div">
        <Form.Item label={t("panels.kind")} htmlFor="panel-kind">
          <Select
            id="panel-kind"
            value={spec.kind}
            options={KINDS.map((value) => ({ value, label: t(`panels.kinds.${value}`) }))}
            onChange={(kind) => change({ kind, ...fieldsOf(kind).first })}
          />
        </Form.Item>
        <Form.Item label={t("panels.title")} htmlFor="panel-title">
          <Input
            id="panel-title"
            value={spec.title}
            maxLength={200}
            placeholder={t("panels.titleHint")}
            onChange={({ target }) => change({ title: target.value })}
          />
        </Form.Item>
        {spec.kind === "text" ? (
          <Form.Item label={t("panels.text")} htmlFor="panel-text" className="whole">
            <Input.TextArea
              id="panel-text"
              value={spec.text}
              rows={8}
              maxLength={100_000}
              className="source"
              onChange={({ target }) => change({ text: target.value })}
            />
          </Form.Item>
        ) : (
          <>
            {!job && (
              <Form.Item label={t("panels.job")} htmlFor="panel-job" className="whole">
                <Scene>
                  <JobSelect project={project} job={spec.job} choose={(chosen) => change({ job: chosen })} />
                </Scene>
              </Form.Item>
            )}
            {whose && (
              <Scene key={whose}>
                <Tables project={project} job={whose} spec={spec} change={change} />
              </Scene>
            )}
          </>
        )}
      </Form>
      {ready(spec, whose) && (
        <section className="preview" aria-label={t("panels.preview")}>
          <Panel key={JSON.stringify(spec)} spec={spec} project={project} job={whose} />
        </section>
      )}
    </Modal>
  );
}

interface TablesProps {
  project: string;
  job: string;
  spec: PanelSpec;
  change: (part: Partial<PanelSpec>) => void;
}

function Tables({ project, job, spec, change }: TablesProps) {
  const { t } = useTranslation();
  const { data: tables } = useSuspenseQuery(tablesQuery(project, job));
  const choices = tableChoices(tables, job, spec.kind);
  const { first } = fieldsOf(spec.kind);
  return (
    <>
      <Form.Item label={t("panels.table")} htmlFor="panel-table" className="whole">
        <Select
          id="panel-table"
          showSearch
          value={spec.table || undefined}
          placeholder={t("panels.choose")}
          options={choices.map((value) => ({
            value,
            label: value === SUMMARY ? t("panels.summary") : value,
          }))}
          onChange={(table = "") => change({ table, x: first.x ?? "", y: first.y ?? [], by: "", where: [] })}
        />
      </Form.Item>
      <PanelColumns job={job} spec={spec} change={change} tables={tables} />
    </>
  );
}
