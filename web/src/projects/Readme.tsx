import { EditOutlined } from "@ant-design/icons";
import { Button, Empty } from "antd";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { Scene } from "../shell/Scene";
import type { ProjectInFull } from "./queries";

const Markdown = lazy(() => import("../ui/Markdown"));
const ReadmeEditor = lazy(() => import("./ReadmeEditor"));

interface Props {
  project: ProjectInFull;
  etag: string;
  owner: boolean;
}

export function Readme({ project, etag, owner }: Props) {
  const { t } = useTranslation();
  const [editing, setEditing] = useState(false);
  const begin = (): void => setEditing(true);
  return (
    <section className="panel readme" aria-labelledby="readme">
      <div className="heading">
        <h2 id="readme">{t("readme.title")}</h2>
        {owner && !editing && project.readme && (
          <Button size="small" icon={<EditOutlined aria-hidden />} onClick={begin}>
            {t("readme.edit")}
          </Button>
        )}
      </div>
      <Scene>
        {editing ? (
          <ReadmeEditor
            name={project.name}
            readme={project.readme}
            etag={etag}
            close={() => setEditing(false)}
          />
        ) : project.readme ? (
          <Markdown text={project.readme} />
        ) : (
          <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={<strong>{t("readme.empty")}</strong>}>
            <p className="faint">{t("readme.emptyText")}</p>
            {owner && <Button onClick={begin}>{t("readme.begin")}</Button>}
          </Empty>
        )}
      </Scene>
    </section>
  );
}
