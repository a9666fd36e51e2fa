import { Alert, Button } from "antd";
import { useTranslation } from "react-i18next";
import type { components } from "../api/schema";
import { Time } from "../ui/Time";

interface Props {
  document: Pick<components["schemas"]["Document"], "changed_by" | "changed_at">;
  saving: boolean;
  keep: () => void;
  discard: () => void;
}

/** Somebody else has saved meanwhile: whose is kept is for people to say. */
export function Outdated({ document, saving, keep, discard }: Props) {
  const { t } = useTranslation();
  return (
    <Alert
      type="warning"
      showIcon
      role="alert"
      className="trouble"
      title={t("panels.outdated", { who: document.changed_by })}
      description={
        <>
          <Time at={document.changed_at} words={(when) => t("panels.outdatedText", { when })} />
          <div className="buttons">
            <Button type="primary" loading={saving} onClick={keep}>
              {t("panels.keepMine")}
            </Button>
            <Button onClick={discard}>{t("panels.takeTheirs")}</Button>
          </div>
        </>
      }
    />
  );
}
