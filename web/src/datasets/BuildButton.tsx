import { UploadOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { useStays } from "../account/SignedOut";
import { useRights } from "../artifacts/queries";
import { Scene } from "../shell/Scene";
import { useSaid } from "../ui/useSearch";

const FromFiles = lazy(() => import("./upload/FromFiles"));

/** The way to make a version of files; the address says whether it is open. */
export function BuildButton({ primary = false }: { primary?: boolean }) {
  const { t } = useTranslation();
  const { project = "", name } = useParams();
  const stays = useStays(useRights(project).writes);
  const [parameters, say] = useSaid();
  if (!stays) return null;
  const show = (open: boolean): void => say({ build: open ? "files" : "" });
  return (
    <>
      <Button
        type={primary ? "primary" : "default"}
        icon={<UploadOutlined aria-hidden />}
        onClick={() => show(true)}
      >
        {t(name ? "datasets.upload.moreShort" : "datasets.upload.title")}
      </Button>
      {parameters.get("build") === "files" && (
        <Scene waiting={null}>
          <FromFiles project={project} {...(name && { name })} close={() => show(false)} />
        </Scene>
      )}
    </>
  );
}
