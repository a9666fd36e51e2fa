import {
  CloseOutlined,
  FullscreenExitOutlined,
  FullscreenOutlined,
  LeftOutlined,
  RightOutlined,
} from "@ant-design/icons";
import { Button } from "antd";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Media } from "../../media/Media";
import { CopyButton } from "../../ui/Copyable";
import { dialogs } from "../../ui/dialogs";
import { nameOf } from "../names";
import type { Row } from "../rows";
import type { Compared } from "./asking";
import { type Sides, titleOf } from "./columns";
import { keyIn } from "./origins";
import { RowGiven } from "./RowGiven";

interface Props {
  project: string;
  row: Compared;
  rows: readonly Row[];
  table: string;
  sides: Sides;
  full: boolean;
  /** The version of the dataset that is shown beside it, as the address says. */
  read: string;
  put: (changes: Record<string, string>) => void;
  back?: () => void;
  next?: () => void;
}

/** One row of all evaluations: what was read, and beside it what each has made of it. */
export default function RowDetail({ project, row, rows, table, sides, full, read, put, back, next }: Props) {
  const { t } = useTranslation();
  const key = String(row.id);
  const short = keyIn(row.id);
  const close = (): void => put({ row: "", full: "", read: "" });
  useEffect(() => {
    if (!full) return;
    const leave = (event: KeyboardEvent): void => {
      if (event.key === "Escape" && dialogs() === 0) put({ full: "" });
    };
    // Before a dialog hears of it, which is gone afterwards.
    window.addEventListener("keydown", leave, true);
    return () => window.removeEventListener("keydown", leave, true);
  });
  return (
    <section
      className={full ? "row-detail full" : "row-detail panel"}
      aria-label={t("evaluations.rows.one", { key: short })}
    >
      <div className="heading">
        <h2>
          {t("evaluations.rows.one", { key: short })}{" "}
          <CopyButton text={key} label={t("evaluations.rows.copyKey")} />
        </h2>
        <Button
          type="text"
          icon={<LeftOutlined aria-hidden />}
          aria-label={t("evaluations.rows.back")}
          disabled={!back}
          onClick={back}
        />
        <Button
          type="text"
          icon={<RightOutlined aria-hidden />}
          aria-label={t("evaluations.rows.next")}
          disabled={!next}
          onClick={next}
        />
        <Button
          type="text"
          icon={full ? <FullscreenExitOutlined aria-hidden /> : <FullscreenOutlined aria-hidden />}
          aria-label={t(full ? "evaluations.rows.split" : "evaluations.rows.full")}
          onClick={() => put({ full: full ? "" : "1" })}
        />
        <Button
          type="text"
          icon={<CloseOutlined aria-hidden />}
          aria-label={t("evaluations.rows.close")}
          onClick={close}
        />
      </div>
      <div className="both">
        <RowGiven
          key={key}
          project={project}
          row={row}
          rows={rows}
          table={table}
          inputs={sides.inputs}
          chosen={read}
          choose={(version) => put({ read: version })}
        />
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by key */}
        <section className="wide-table" tabIndex={0} aria-label={t("evaluations.rows.outputs")}>
          <table>
            <thead>
              <tr>
                <th>{t("evaluations.columns.id")}</th>
                {rows.map((each, place) => (
                  <th key={each.id}>
                    {place === 0 && rows.length > 1 && (
                      <span className="tag info">{t("evaluations.compare.base")}</span>
                    )}{" "}
                    {nameOf(each)}{" "}
                    <CopyButton text={each.id} label={t("steps.copy", { what: nameOf(each) })} />
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {sides.outputs.map((name) => (
                <tr key={name}>
                  <th scope="row">{titleOf(name)}</th>
                  {rows.map((each, place) => {
                    const own = row.values[place];
                    return (
                      <td key={each.id} className={row.different[place]?.includes(name) ? "differs" : ""}>
                        {own ? (
                          <Media value={own[name]} size="card" row={own} column={name} project={project} />
                        ) : (
                          <span className="faint">{t("evaluations.rows.missing")}</span>
                        )}
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </div>
    </section>
  );
}
