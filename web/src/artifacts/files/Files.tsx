import { Empty } from "antd";
import { useTranslation } from "react-i18next";
import { Scene } from "../../shell/Scene";
import { Folder } from "./Folder";
import { Preview } from "./Preview";
import type { Place } from "./queries";
import "./files.css";
import { useSaid } from "../../ui/useSearch";

/** The files of a version: the tree on one side, the file that is chosen on the other. */
export default function Files({ of }: { of: Place }) {
  const { t } = useTranslation();
  const [parameters, say] = useSaid();
  const chosen = parameters.get("path") ?? "";
  const choose = (path: string): void => say({ path });
  return (
    <div className="files">
      <nav className="tree panel" aria-label={t("artifacts.files.tree")}>
        <Scene>
          <Folder of={of} path="" chosen={chosen} choose={choose} />
        </Scene>
      </nav>
      <section className="preview panel" aria-label={t("artifacts.files.preview")}>
        {chosen ? (
          <Scene key={chosen}>
            <Preview of={of} path={chosen} />
          </Scene>
        ) : (
          <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("artifacts.files.choose")} />
        )}
      </section>
    </div>
  );
}
