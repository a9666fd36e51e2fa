import { AppstoreOutlined, TableOutlined } from "@ant-design/icons";
import { Segmented } from "antd";
import { useTranslation } from "react-i18next";
import type { Version } from "../../artifacts/kinds";
import { ColumnPicker } from "./ColumnPicker";
import type { Filter } from "./filter";
import { Jump } from "./Jump";
import type { View } from "./view";

interface Props {
  version: Version;
  where: Filter | null;
  view: View;
  columns: Record<string, string>;
  /** Rows that the filter wants; null where that cannot be known. */
  total: number | null;
  /** Rows of the version. */
  all: number;
  /** How much has been looked through, 0 to 1; null once that is all. */
  share: number | null;
  show: (part: Partial<View>) => void;
  goTo: (at: number) => void;
}

/** Above the rows: how many they are, how they are shown, and the way to one of them. */
export function RowTools({ version, where, view, columns, total, all, share, show, goTo }: Props) {
  const { t, i18n } = useTranslation();
  const number = new Intl.NumberFormat(i18n.language);
  const percent = new Intl.NumberFormat(i18n.language, { style: "percent", maximumFractionDigits: 0 });
  const told =
    where === null || total === null
      ? t("rows.all", { total: number.format(all) })
      : t("rows.matched", { matched: number.format(total), total: number.format(all) });
  return (
    <div className="rowtools">
      <span role="status" className="rowcount">
        <strong>{told}</strong>
        {share !== null && (
          <span className="faint">
            {share > 0 ? t("rows.looking", { share: percent.format(share) }) : t("rows.counting")}
          </span>
        )}
      </span>
      <Jump version={version} where={where} total={total ?? 0} goTo={goTo} />
      <ColumnPicker columns={columns} hidden={view.hidden} change={(hidden) => show({ hidden })} />
      <Segmented
        aria-label={t("rows.view")}
        value={view.cards ? "cards" : "table"}
        options={[
          { value: "table", icon: <TableOutlined aria-hidden />, label: t("rows.table") },
          { value: "cards", icon: <AppstoreOutlined aria-hidden />, label: t("rows.cards") },
        ]}
        onChange={(value) => show({ cards: value === "cards" })}
      />
    </div>
  );
}
