import { useQueryClient } from "@tanstack/react-query";
import { Input } from "antd";
import { useEffect, useReducer, useState } from "react";
import { useTranslation } from "react-i18next";
import { Outdated } from "../panels/Outdated";
import { useMessages } from "../shell/messages";
import { Trouble } from "../ui/Trouble";
import { useUnsavedWarning } from "../ui/unsaved";
import { Autosave } from "./autosave";
import { blocksOf } from "./blocks";
import { Exports } from "./Exports";
import { Publish } from "./Publish";
import { ProjectContext } from "./place";
import { type Draft, type Revised, reportQuery, saveReport } from "./queries";
import { Writer } from "./Writer";

interface Props {
  project: string;
  found: Revised;
  /** Begins again with what is kept. */
  anew: () => void;
}

/** A report that is written: saved by itself, published, taken along. */
export default function Editing({ project, found, anew }: Props) {
  const { t } = useTranslation();
  const message = useMessages();
  const asking = useQueryClient();
  const { id } = found.value;
  const [draft, setDraft] = useState<Draft>(() => ({
    name: found.value.name,
    blocks: blocksOf(found.value.content),
  }));
  const [begun] = useState(draft.blocks);
  const [theirs, setTheirs] = useState<Revised>();
  const [, tell] = useReducer((count: number) => count + 1, 0);
  const [saving] = useState(
    () =>
      new Autosave<Draft>(
        async (value, etag) => {
          const saved = await saveReport(project, id, etag, value);
          asking.setQueryData(reportQuery(project, id).queryKey, saved);
          void asking.invalidateQueries({ queryKey: ["reports", project, "list"] });
          return saved.etag;
        },
        found.etag,
        tell,
      ),
  );
  const outdated = saving.state === "outdated";
  // What is but not saved yet is saved as one goes.
  useUnsavedWarning(saving.dirty, outdated || saving.state === "failed");
  useEffect(() => () => void saving.flush(), [saving]);
  useEffect(() => {
    // What they have saved is looked up without being shown in place of what is written here.
    if (outdated) void lookUp(project, id).then(setTheirs);
  }, [outdated, project, id]);
  const change = (part: Partial<Draft>): void => {
    setDraft((before) => {
      const next = { ...before, ...part };
      if (next.name.trim()) saving.change({ ...next, name: next.name.trim() });
      return next;
    });
  };
  const sourceOf = () => ({ project });
  return (
    <ProjectContext value={project}>
      <div className="heading report-head">
        <h1>
          <Input
            variant="borderless"
            className="report-name"
            value={draft.name}
            maxLength={200}
            aria-label={t("reports.name")}
            {...(!draft.name.trim() && { status: "error" })}
            onChange={({ target }) => change({ name: target.value })}
          />
        </h1>
        <span className="faint" role="status">
          {t(`reports.states.${saving.state}`)}
        </span>
        <Publish project={project} number={id} published={found.value.published} />
        <Exports name={draft.name} blocks={() => draft.blocks} sourceOf={sourceOf} />
      </div>
      {outdated && theirs && (
        <Outdated
          document={theirs.value}
          saving={false}
          keep={() => void saving.over(theirs.etag)}
          discard={() => {
            saving.stop();
            asking.setQueryData(reportQuery(project, id).queryKey, theirs);
            anew();
          }}
        />
      )}
      <Trouble error={saving.state === "failed" && saving.error} own={{ conflict: t("reports.nameTaken") }} />
      <Writer
        blocks={begun}
        change={(blocks) => change({ blocks })}
        refused={(why, file) => void message.warning(t(`reports.refused.${why}`, { file }))}
      />
    </ProjectContext>
  );
}

async function lookUp(project: string, number: number): Promise<Revised> {
  const { queryFn } = reportQuery(project, number);
  return (queryFn as () => Promise<Revised>)();
}
