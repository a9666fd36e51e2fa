import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, Navigate, useLocation } from "react-router";
import { meQuery } from "../account/me";
import { problemOf, sentences } from "../api/fault";
import { moment } from "../i18n/times";
import { Why } from "../ui/Trouble";
import { isBegun } from "../ui/unsaved";
import { Missing } from "./Missing";
import { Notice } from "./Notice";
import { beginAnew, isPartLost } from "./parts";

/** What stands in the place of a page that could not be shown. */
export function Failure({ error, again, whole }: { error: unknown; again: () => void; whole: boolean }) {
  const { t, i18n } = useTranslation();
  const { pathname, search } = useLocation();
  const { again: load, tried } = useAnew();
  // Looked up elsewhere: this is shown also where that has failed.
  const me = useQueryClient().getQueryData(meQuery.queryKey);
  const problem = problemOf(error);
  // A part of a page in which something is written does not lead away from that.
  if (problem.status === 401 && !me && !isBegun())
    return <Navigate to={`/login?next=${encodeURIComponent(pathname + search)}`} replace />;
  if (problem.status === 403 || problem.status === 404)
    return <Missing hidden part={!whole} detail={sentences({ ...problem, hint: "" })} />;
  const part = isPartLost(error);
  const own = { 0: t("trouble.offline"), [-1]: t(part ? "trouble.offline" : "trouble.broken") }[
    problem.status
  ];
  return (
    <Notice
      part={!whole}
      title={t("trouble.title")}
      actions={
        <>
          <Button type="primary" onClick={part ? load : again}>
            {t("app.again")}
          </Button>
          <Link to="/projects">{t("missing.back")}</Link>
        </>
      }
    >
      <p>{own ?? <Why error={error} />}</p>
      <p role="status" className="faint">
        {tried && t("trouble.stillAway", { when: moment("instant", tried, i18n.language) })}
      </p>
    </Notice>
  );
}

/** Loads the page again, and knows when that was tried last without an answer. */
function useAnew(): { again: () => void; tried: string } {
  const [tried, setTried] = useState("");
  const again = async (): Promise<void> => {
    if (!(await beginAnew())) setTried(new Date().toISOString());
  };
  return { again: () => void again(), tried };
}
