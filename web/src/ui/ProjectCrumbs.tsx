import type { ReactNode } from "react";
import { Link } from "react-router";
import { Breadcrumb } from "./Breadcrumb";

interface Props {
  project: string;
  /** Pages between the project and this one. */
  above?: { to: string; title: ReactNode }[];
  here: ReactNode;
}

/** Where a page of a project lies. */
export function ProjectCrumbs({ project, above = [], here }: Props) {
  const way = [{ to: `/projects/${encodeURIComponent(project)}`, title: project as ReactNode }, ...above];
  return (
    <Breadcrumb
      items={[...way.map(({ to, title }) => ({ title: <Link to={to}>{title}</Link> })), { title: here }]}
    />
  );
}
