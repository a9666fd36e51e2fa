import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link, Navigate, useLocation } from "react-router";
import { meQuery } from "../account/me";
import { problemOf, sentences } from "../api/fault";
import { Why } from "../ui/Trouble";
import { isBegun } from "../ui/unsaved";
import { Missing } from "./Missing";
import { Notice } from "./Notice";
import { beginAnew, isPartLost } from "./parts";

/** What stands in the place of a page that could not be shown. */
export function Failure({ error, again, whole }: { error: unknown; again: () => void; whole: boolean }) {
  const { t } = useTranslation();
  const { pathname, search } = useLocation();
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
          <Button type="primary" onClick={part ? () => void beginAnew() : again}>
            {t("app.again")}
          </Button>
          <Link to="/projects">{t("missing.back")}</Link>
        </>
      }
    >
      <p>{own ?? <Why error={error} />}</p>
    </Notice>
  );
}
