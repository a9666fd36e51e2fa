import { type UseQueryResult, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input } from "antd";
import { useEffect, useEffectEvent, useReducer, useState } from "react";
import { useTranslation } from "react-i18next";
import { SignedOut, useWriter } from "../account/SignedOut";
import { savedAs } from "../account/savedAs";
import { Outdated } from "../panels/Outdated";
import { useMessages } from "../shell/messages";
import { Trouble } from "../ui/Trouble";
import { useUnsavedWarning } from "../ui/unsaved";
import { Autosave } from "./autosave";
import { blocksOf } from "./blocks";
import { Exports } from "./Exports";
import { Publish } from "./Publish";
import { ProjectContext } from "./place";
import { type Draft, type Revised, reportQuery, saveReport, theirsQuery } from "./queries";
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
  const writer = useWriter();
  const [, tell] = useReducer((count: number) => count + 1, 0);
  const [saving] = useState(
    () =>
      new Autosave<Draft>(
        async (value, etag) => {
          const saved = await savedAs(writer.name, asking, () => saveReport(project, id, etag, value));
          // Whoever has gone meanwhile looks it up anew when he comes back.
          asking.setQueryData<Revised>(reportQuery(project, id).queryKey, (found) => found && saved);
          void asking.invalidateQueries({ queryKey: ["reports", project, "list"] });
          return saved.etag;
        },
        found.etag,
        tell,
      ),
  );
  const outdated = saving.state === "outdated";
  // What is but not saved yet is saved as one goes.
  const lost = outdated || saving.failing || (writer.away && saving.dirty);
  useUnsavedWarning(saving.dirty, lost, () => saving.flush());
  useEffect(() => () => void saving.flush(), [saving]);
  const back = useEffectEvent(() => void saving.flush());
  useEffect(() => {
    if (!writer.away) back();
  }, [writer.away]);
  // What was still being saved when its writer left is in what is kept only now that he is back. What this page was
  // given last may be older than what it has saved since, what is kept is not.
  const renew = useEffectEvent(() => {
    const kept = asking.getQueryData<Revised>(reportQuery(project, id).queryKey);
    if (kept && kept.etag !== saving.etag) anew();
  });
  const behind = !saving.dirty && found.etag !== saving.etag;
  useEffect(() => {
    if (behind) renew();
  }, [behind]);
  const theirs = useQuery({ ...theirsQuery(project, id, saving.etag), enabled: outdated });
  const change = (part: Partial<Draft>): void => {
    setDraft((before) => {
      const next = { ...before, ...part };
      // Without a title it keeps the one it had.
      saving.change({ ...next, name: next.name.trim() || found.value.name });
      return next;
    });
  };
  const nameless = !draft.name.trim();
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
            {...(nameless && { status: "error", "aria-describedby": "nameless" })}
            onChange={({ target }) => change({ name: target.value })}
          />
        </h1>
        <span className="faint" role="status">
          {t(`reports.states.${saving.state}`)}
        </span>
        <Publish project={project} number={id} published={found.value.published} />
        <Exports name={draft.name} blocks={() => draft.blocks} sourceOf={sourceOf} />
      </div>
      {nameless && (
        <p className="fault" id="nameless" role="alert">
          {t("reports.nameless", { name: found.value.name })}
        </p>
      )}
      <SignedOut />
      {outdated && (
        <Theirs
          looked={theirs}
          keep={(etag) => void saving.over(etag)}
          discard={(found) => {
            saving.stop();
            asking.setQueryData(reportQuery(project, id).queryKey, found);
            anew();
          }}
        />
      )}
      <Trouble
        error={saving.state === "failed" && !writer.away && saving.error}
        own={{ conflict: t("reports.nameTaken") }}
      />
      <Writer
        blocks={begun}
        change={(blocks) => change({ blocks })}
        refused={(why, file) => void message.warning(t(`reports.refused.${why}`, { file }))}
      />
    </ProjectContext>
  );
}

interface TheirsProps {
  looked: UseQueryResult<Revised>;
  keep: (etag: string) => void;
  discard: (found: Revised) => void;
}

/** What somebody else has saved meanwhile, or why that cannot be told. */
function Theirs({ looked: { data, error, refetch, isFetching }, keep, discard }: TheirsProps) {
  const { t } = useTranslation();
  if (data)
    return (
      <Outdated
        document={data.value}
        saving={false}
        keep={() => keep(data.etag)}
        discard={() => discard(data)}
      />
    );
  if (!error) return null;
  return (
    <>
      <Trouble error={error} />
      <Button loading={isFetching} onClick={() => refetch()}>
        {t("app.again")}
      </Button>
    </>
  );
}
