import { useSuspenseQuery } from "@tanstack/react-query";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useMe } from "../../account/me";
import { Fault } from "../../api/fault";
import { automaticBoard } from "../../panels/auto";
import type { Placed } from "../../panels/boards";
import { tablesQuery } from "../../panels/queries";
import { projectQuery } from "../../projects/queries";
import { CopyButton } from "../../ui/Copyable";
import { ProjectCrumbs } from "../../ui/ProjectCrumbs";
import { shortId } from "../rows";
import type { HouseProps } from "./BoardHouse";
import { type Choice, choiceOf } from "./choice";
import { boardQuery, boardsQuery, jobQuery, shippedQuery, wholeQuery } from "./queries";
import "./board.css";
import { saying, useAddress } from "../../ui/useSearch";

const BoardHouse = lazy(() => import("./BoardHouse"));

export default function BoardPage() {
  const { project = "", job = "" } = useParams();
  return <Evaluation key={`${project}/${job}`} project={project} job={job} />;
}

function Evaluation({ project, job: asked }: { project: string; job: string }) {
  const { t } = useTranslation();
  const me = useMe();
  const [parameters, change] = useAddress();
  const { data: house } = useSuspenseQuery(projectQuery(project));
  const { data: found } = useSuspenseQuery(jobQuery(project, asked));
  const { data: boards } = useSuspenseQuery(boardsQuery(project));
  const { data: shipped } = useSuspenseQuery(shippedQuery(project, found?.model ?? ""));
  // The address may have the beginning of an id, as lists show it; tables are found by the whole.
  const { data: whole } = useSuspenseQuery(wholeQuery(project, found?.id ?? asked, found !== null));
  const job = whole ?? asked;
  const { data: tables } = useSuspenseQuery(tablesQuery(project, job));
  if (whole === null)
    throw new Fault({
      status: 404,
      code: "not_found",
      detail: `there is no evaluation '${asked}'`,
      hint: "",
    });
  const [arranged, arrange] = useState<Choice>();
  const choice = arranged ?? choiceOf(parameters.get("board"), { boards, shipped: shipped !== null });
  // A board that is arranged stays, whichever comes first meanwhile.
  const hold = (on: boolean): void => {
    arrange(on ? choice : undefined);
    if (on) change((now) => saying(now, { board: String(choice) }));
  };
  const role = house.value.role;
  const writes = me !== null && (me.admin || (role !== null && role !== "GUEST"));
  const short = shortId(job);
  const common = {
    project,
    job,
    writes,
    boards,
    shipped: shipped !== null,
    choice,
    hold,
    choose: (wanted: string) => change(() => new URLSearchParams({ board: wanted }), { push: true }),
  };
  const own: Placed[] = choice === "model" && shipped ? shipped : automaticBoard(tables, job);
  return (
    <>
      <title>{`${t("panels.board.of", { job: short })} · ${project}`}</title>
      <ProjectCrumbs
        project={project}
        above={[{ to: `/projects/${project}/evaluations`, title: t("project.rooms.evaluations") }]}
        here={short}
      />
      <div className="heading">
        <h1>
          {t("panels.board.of", { job: short })} <CopyButton text={job} label={t("panels.board.copyId")} />
        </h1>
        {found && <Link to={`/projects/${project}/jobs/${job}`}>{t("panels.board.toJob")}</Link>}
        <Link to={`/projects/${project}/evaluations/rows?jobs=${encodeURIComponent(job)}`}>
          {t("panels.board.toRows")}
        </Link>
      </div>
      {found && (
        <p className="faint described">
          {[/([^/]+)\/version/.exec(found.model)?.[1] ?? found.model, found.handler, found.comment]
            .filter(Boolean)
            .join(" · ")}
        </p>
      )}
      {typeof choice === "number" ? (
        <Kept key={choice} {...common} number={choice} />
      ) : (
        <BoardHouse key={choice} {...common} board={own} />
      )}
    </>
  );
}

type KeptProps = Omit<HouseProps, "board" | "kept"> & { number: number };

function Kept({ number, ...common }: KeptProps) {
  const { data: kept } = useSuspenseQuery(boardQuery(common.project, number));
  return <BoardHouse {...common} kept={kept} />;
}
