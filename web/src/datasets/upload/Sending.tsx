import { Button, Progress } from "antd";
import { useTranslation } from "react-i18next";
import { sized } from "../../artifacts/sizes";
import type { Stage } from "./send";

/** How far it is, and the way to end it. */
export function Sending({ stage, cancel }: { stage: Stage; cancel: () => void }) {
  const { t, i18n } = useTranslation();
  const number = new Intl.NumberFormat(i18n.language);
  const sending = stage.step === "sending";
  const percent = sending ? Math.floor((100 * stage.sent) / Math.max(stage.size, 1)) : 100;
  const label = t(`datasets.upload.stages.${stage.step}`);
  return (
    <div className="sending">
      <p role="status">
        {label}{" "}
        {sending && stage.size > 0 && (
          <span className="faint">
            {t("datasets.upload.sent", { sent: sized(stage.sent), size: sized(stage.size) })}
          </span>
        )}
        {stage.step === "reading" && stage.rows > 0 && (
          <span className="faint">
            {t("datasets.upload.read", { rows: number.format(stage.rows), size: sized(stage.size) })}
          </span>
        )}
      </p>
      <Progress percent={percent} status="active" showInfo={sending} aria-label={label} />
      <p className="faint">{t("datasets.upload.stay")}</p>
      <Button onClick={cancel}>{t("datasets.upload.stop")}</Button>
    </div>
  );
}
