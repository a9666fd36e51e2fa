import { useTranslation } from "react-i18next";
import { DiffFrame } from "../artifacts/DiffFrame";
import { Compared } from "../artifacts/files/FilesDiff";
import { Scene } from "../shell/Scene";
import { LockChanges } from "./LockChanges";
import "./runtimes.css";

/** What differs between two versions of a runtime: the packages that they pin, and their files. */
export default function RuntimeDiffPage() {
  const { t } = useTranslation();
  return (
    <DiffFrame kind="runtime">
      {(from, to) => (
        <>
          <Scene>
            <LockChanges from={from} to={to} />
          </Scene>
          <h2 className="part">{t("runtimes.files")}</h2>
          <Scene>
            <Compared kind="runtime" from={from} to={to} first="runtime.yaml" />
          </Scene>
        </>
      )}
    </DiffFrame>
  );
}
