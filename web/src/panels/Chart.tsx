import { BarChartOutlined, TableOutlined } from "@ant-design/icons";
import { Button, theme } from "antd";
import { lazy, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useAppearance } from "../shell/appearance";
import { Scene } from "../shell/Scene";
import { type Drawn, isEmpty, tableOf } from "./drawn";
import { FigureTable } from "./FigureTable";
import { type Look, optionOf } from "./options";
import { useReading } from "./reading";
import "./panels.css";

const EChart = lazy(() => import("./EChart"));

/** The colours of the page, for what draws by itself. */
export function useLook(): Look {
  const { t, i18n } = useTranslation();
  const { dark } = useAppearance();
  const { token } = theme.useToken();
  return {
    dark,
    text: token.colorText,
    faint: token.colorTextDescription,
    line: token.colorBorderSecondary,
    ground: token.colorBgElevated,
    font: token.fontFamily,
    language: i18n.language,
    words: { truth: t("panels.truth"), answered: t("panels.answered") },
  };
}

interface Props {
  drawn: Drawn;
  label: string;
  /** How many rows it is made of, where there are more. */
  cut?: number;
}

/** A chart, and the same figures as a table for whoever does not see it. */
export function Chart({ drawn, label, cut = 0 }: Props) {
  const { t } = useTranslation();
  const look = useLook();
  const [{ asTable }, read] = useReading();
  const key = JSON.stringify(look);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the look is told by its text
  const option = useMemo(() => optionOf(drawn, look), [drawn, key]);
  if (isEmpty(drawn)) return <p className="faint none">{t("panels.nothing")}</p>;
  const turn = t(asTable ? "panels.asChart" : "panels.asTable");
  return (
    <div className="chart">
      <Button
        type="text"
        size="small"
        className="turn"
        icon={asTable ? <BarChartOutlined aria-hidden /> : <TableOutlined aria-hidden />}
        aria-label={`${turn}: ${label}`}
        title={turn}
        onClick={() => read({ asTable: !asTable })}
      />
      {asTable ? (
        <FigureTable {...tableOf(drawn, look.language)} label={label} />
      ) : (
        <div role="img" aria-label={t("panels.chartOf", { label })} className="picture">
          <Scene>
            <EChart option={option} />
          </Scene>
        </div>
      )}
      {cut > 0 && (
        <p className="faint cut">{t("panels.cut", { shown: cut.toLocaleString(look.language) })}</p>
      )}
    </div>
  );
}
