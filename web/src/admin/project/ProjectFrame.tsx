import { useSuspenseQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMe } from "../../account/me";
import { SignedOut, useStays } from "../../account/SignedOut";
import { owns, projectQuery } from "../../projects/queries";
import { Notice } from "../../shell/Notice";
import { ProjectCrumbs } from "../../ui/ProjectCrumbs";
import "../admin.css";

interface Props {
  project: string;
  title: string;
  /** Whether only owners may see it. */
  owners?: boolean;
  /** Pages between the project and this one. */
  above?: { to: string; title: string }[];
  actions?: ReactNode;
  children: ReactNode;
}

/** What pages about a project itself stand in: the way back, a title, and who may see it. */
export function ProjectFrame({ project, title, owners = false, above = [], actions, children }: Props) {
  const { t } = useTranslation();
  const me = useMe();
  const home = `/projects/${encodeURIComponent(project)}`;
  const { data } = useSuspenseQuery(projectQuery(project));
  // A session that ends takes no form from whoever was typing into it.
  const stays = useStays(owns(data.value, me));
  if (owners && !owns(data.value, me) && !stays)
    return (
      <Notice title={t("admin.refused")} actions={<Link to={home}>{t("admin.backTo", { project })}</Link>}>
        <p>{t("admin.refusedOwners")}</p>
      </Notice>
    );
  return (
    <>
      <title>{`${title} · ${project} · ${t("app.name")}`}</title>
      <ProjectCrumbs project={project} above={above} here={title} />
      <div className="heading">
        <h1>{title}</h1>
        {actions}
      </div>
      <SignedOut />
      {children}
    </>
  );
}
