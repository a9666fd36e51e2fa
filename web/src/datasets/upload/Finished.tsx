import { DownloadOutlined } from "@ant-design/icons";
import { Alert, Button } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { short, versionAddress } from "../../artifacts/kinds";
import type { Outcome } from "./send";
import type { LeftOut } from "./told";

const SHOWN = 50;

interface Props {
  project: string;
  name: string;
  outcome: Outcome;
  close: () => void;
}

/** What came of it: the version, and the rows that were left out with the reasons. */
export function Finished({ project, name, outcome: { built, leftOut }, close }: Props) {
  const { t, i18n } = useTranslation();
  const number = new Intl.NumberFormat(i18n.language);
  const version = { kind: "dataset" as const, project, name, version: built.version };
  return (
    <>
      <Alert
        type="success"
        showIcon
        role="status"
        title={t(built.is_new ? "datasets.upload.built" : "datasets.upload.same", {
          name,
          version: short(built.version),
        })}
        description={t("datasets.upload.counts", {
          read: number.format(built.yielded),
          rows: number.format(built.rows),
        })}
      />
      {built.rejected > 0 && (
        <section className="leftout">
          <div className="heading">
            <h3>{t("datasets.upload.leftOut", { rows: number.format(built.rejected) })}</h3>
            {leftOut.length > 0 && <Report rows={leftOut} name={name} />}
          </div>
          <ul className="lines">
            {leftOut.slice(0, SHOWN).map(({ file, row, reason }) => (
              <li key={`${file} ${row}`}>
                <div className="what">
                  <code>{t("datasets.upload.place", { file, row: number.format(row) })}</code>
                  <div lang="en">{reason}</div>
                </div>
              </li>
            ))}
          </ul>
          {built.rejected > Math.min(leftOut.length, SHOWN) && (
            <p className="faint">
              {t("datasets.upload.leftOutMore", { rows: number.format(Math.min(leftOut.length, SHOWN)) })}
            </p>
          )}
        </section>
      )}
      <div className="buttons ending">
        <Button onClick={close}>{t("datasets.upload.done")}</Button>
        <Link to={versionAddress(version)}>{t("datasets.upload.open")}</Link>
      </div>
    </>
  );
}

/** The reasons as a file, to mend the rows by. */
function Report({ rows, name }: { rows: LeftOut[]; name: string }) {
  const { t } = useTranslation();
  const [address, setAddress] = useState("");
  useEffect(() => {
    const text = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
    const made = URL.createObjectURL(new Blob([text], { type: "application/jsonl" }));
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [rows]);
  return (
    <a href={address} download={`${name}.rejected.jsonl`}>
      <DownloadOutlined aria-hidden /> {t("datasets.upload.report")}
    </a>
  );
}
