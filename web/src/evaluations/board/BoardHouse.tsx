import { EditOutlined, PlusOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { SignedOut, useWriter } from "../../account/SignedOut";
import { savedAs } from "../../account/savedAs";
import { problemOf, unlessOutdated } from "../../api/fault";
import { Board } from "../../panels/Board";
import { boardOf, type Placed, put } from "../../panels/boards";
import { Outdated } from "../../panels/Outdated";
import { type PanelSpec, PLAIN } from "../../panels/spec";
import { useMessages } from "../../shell/messages";
import { Scene } from "../../shell/Scene";
import { Trouble } from "../../ui/Trouble";
import { useUnsavedWarning } from "../../ui/unsaved";
import { BoardChoice } from "./BoardChoice";
import type { Choice } from "./choice";

import { boardQuery, type Document, saveBoard } from "./queries";

const PanelEditor = lazy(() => import("../../panels/PanelEditor"));
const NameBoard = lazy(() => import("./NameBoard"));

export interface HouseProps {
  project: string;
  job: string;
  writes: boolean;
  boards: Document[];
  shipped: boolean;
  choice: Choice;
  choose: (board: string) => void;
  /** Has the board stay while it is arranged. */
  hold: (on: boolean) => void;
  /** What is shown, where it is not kept. */
  board?: Placed[];
  kept?: { value: Document; etag: string };
}

/** The panel that somebody is making or changing. */
interface Edited {
  id?: string;
  spec: PanelSpec;
}

/** The board as it is kept, or as it comes of what was recorded. */
const plainOf = (kept: HouseProps["kept"], board: Placed[] = []): Placed[] =>
  kept ? boardOf(kept.value.content) : board;

const same = (one: Placed[], other: Placed[]): boolean => JSON.stringify(one) === JSON.stringify(other);

/** A board, and all that can be done to it. */
export default function BoardHouse({
  project,
  job,
  writes,
  boards,
  shipped,
  choice,
  choose,
  hold,
  board,
  kept,
}: HouseProps) {
  const { t } = useTranslation();
  const message = useMessages();
  const asking = useQueryClient();
  const [draft, setDraft] = useState<Placed[]>();
  const [seen, setSeen] = useState(kept?.etag ?? "");
  const [edited, setEdited] = useState<Edited>();
  const [naming, setNaming] = useState(false);
  const [theirs, setTheirs] = useState<{ value: Document; etag: string }>();
  const plain = plainOf(kept, board);
  const shown = draft ?? plain;
  useUnsavedWarning(!same(shown, plain));
  const writer = useWriter();
  const end = (): void => {
    hold(false);
    setDraft(undefined);
    setTheirs(undefined);
  };
  const saving = useMutation({
    mutationFn: ({ etag, drawn }: { etag: string; drawn: Placed[] }) =>
      savedAs(writer.name, asking, () => saveBoard(project, kept?.value.id ?? 0, etag, drawn)),
    onSuccess: (saved, { drawn }) => {
      asking.setQueryData(boardQuery(project, saved.value.id).queryKey, saved);
      // What was moved meanwhile is still to be saved.
      if (same(shown, drawn)) end();
      setSeen(saved.etag);
      setTheirs(undefined);
      message.success(t("panels.board.saved"));
    },
    onError: async (error) => {
      if (problemOf(error).status !== 412 || !kept) return;
      const found = asking.fetchQuery({ ...boardQuery(project, kept.value.id), staleTime: 0 });
      // Where that fails too, saving once more looks again.
      setTheirs(await found.catch(() => undefined));
    },
  });
  const save = (etag: string): void => saving.mutate({ etag, drawn: shown });
  const discard = (): void => {
    end();
    saving.reset();
  };
  const begin = (): void => {
    hold(true);
    setSeen(kept?.etag ?? "");
    setDraft(shown);
  };
  return (
    <>
      <div className="tools board-tools">
        <BoardChoice {...{ project, boards, shipped, choice, choose, writes }} busy={draft !== undefined} />
        {writes && !draft && (
          <Button icon={<EditOutlined aria-hidden />} onClick={begin}>
            {t("panels.board.arrange")}
          </Button>
        )}
        {draft && (
          <>
            <Button icon={<PlusOutlined aria-hidden />} onClick={() => setEdited({ spec: PLAIN })}>
              {t("panels.add")}
            </Button>
            <span className="gap" />
            <Button onClick={discard}>{t("app.cancel")}</Button>
            <Button onClick={() => setNaming(true)} type={kept ? "default" : "primary"}>
              {t("panels.board.saveAs")}
            </Button>
            {kept && (
              <Button type="primary" loading={saving.isPending} onClick={() => save(seen)}>
                {t("app.save")}
              </Button>
            )}
          </>
        )}
      </div>
      {draft && <SignedOut />}
      <Trouble error={theirs ? unlessOutdated(saving.error) : saving.error} />
      {theirs && (
        <Outdated
          document={theirs.value}
          saving={saving.isPending}
          keep={() => save(theirs.etag)}
          discard={discard}
        />
      )}
      {draft && <p className="faint">{t("panels.board.hint")}</p>}
      <Board
        board={shown}
        project={project}
        job={job}
        {...(draft && { change: setDraft, edit: ({ id, spec }: Placed) => setEdited({ id, spec }) })}
      />
      <Scene waiting={null}>
        {edited && (
          <PanelEditor
            project={project}
            job={job}
            spec={edited.spec}
            fresh={edited.id === undefined}
            done={(spec) => {
              setDraft(put(shown, spec, edited.id));
              setEdited(undefined);
            }}
            close={() => setEdited(undefined)}
          />
        )}
        {naming && (
          <NameBoard
            project={project}
            board={shown}
            close={() => setNaming(false)}
            saved={({ id }) => {
              end();
              choose(String(id));
            }}
          />
        )}
      </Scene>
    </>
  );
}
