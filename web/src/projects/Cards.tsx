import { Button, Empty } from "antd";
import { useDeferredValue } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../account/me";
import { useList } from "../api/lists";
import { More } from "../ui/More";
import { ProjectCard } from "./ProjectCard";
import { projectsQuery } from "./queries";
import type { View } from "./view";

interface Props {
  view: View;
  clear: () => void;
  make: () => void;
}

export function Cards({ view, clear, make }: Props) {
  // While others are looked for, those that are shown stay.
  const shownView = useDeferredValue(view);
  const { found, items: projects, total } = useList(projectsQuery(shownView));
  if (projects.length === 0) return <Nothing view={shownView} clear={clear} make={make} />;
  return (
    <>
      <ul className="cards" aria-busy={found.isFetching}>
        {projects.map((project) => (
          <ProjectCard key={`${project.name} ${project.removed_at}`} project={project} />
        ))}
      </ul>
      <More shown={projects.length} total={total} found={found} />
    </>
  );
}

function Nothing({ view: { search, scope }, clear, make }: Props) {
  const { t } = useTranslation();
  const me = useMe();
  const title = search ? t("projects.empty.found", { search }) : t(`projects.empty.${scope}`);
  return (
    <Empty className="nothing" description={<strong>{title}</strong>}>
      {!search && (
        <p className="faint">{t(scope === "trash" ? "projects.emptyTrash" : "projects.emptyText")}</p>
      )}
      {search || scope !== "all" ? (
        <Button onClick={clear}>{t("projects.clear")}</Button>
      ) : (
        me && (
          <Button type="primary" onClick={make}>
            {t("projects.make")}
          </Button>
        )
      )}
    </Empty>
  );
}
