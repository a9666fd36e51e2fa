import { useTranslation } from "react-i18next";
import { relative } from "../../i18n/times";
import { lengthOf } from "../../jobs/length";
import { StateWord } from "../../jobs/states";
import { timeOf } from "../../panels/values";
import { shortNumber, Value } from "../Value";
import { textOf } from "../values";
import { type Line, standingOf } from "./metrics";

export const MANNERS = ["both", "absolute", "relative", "none"] as const;
export type Manner = (typeof MANNERS)[number];

interface Props {
  line: Line;
  place: number;
  base: number;
  manner: Manner;
}

/** A value, and how it stands to that of the base. */
export function CompareCell({ line, place, base, manner }: Props) {
  const { t, i18n } = useTranslation();
  if (line.fact) return <Fact line={line} place={place} base={base} />;
  const standing = standingOf(line, place, base);
  const value = <Value value={line.values[place]} />;
  if (place === base || !line.numeric) {
    const differs = textOf(line.values[place]) !== textOf(line.values[base]);
    return (
      <span className={differs ? "compared differs" : "compared"}>
        {value}
        {standing.best && <Best />}
      </span>
    );
  }
  const { verdict } = standing;
  return (
    <span className={`compared ${verdict}`}>
      {value}
      {standing.best && <Best />}
      {manner !== "none" && verdict !== "same" && standing.by !== undefined && (
        <span className="by">
          {verdict !== "other" && (
            <span role="img" aria-label={t(`evaluations.compare.${verdict}`)}>
              {verdict === "better" ? "▲" : "▼"}
            </span>
          )}
          {manner !== "relative" && signed(standing.by, i18n.language)}
          {manner !== "absolute" &&
            standing.share !== undefined &&
            ` ${percent(standing.share, manner === "both", i18n.language)}`}
        </span>
      )}
    </span>
  );
}

function Best() {
  const { t } = useTranslation();
  return (
    <span
      className="best"
      role="img"
      aria-label={t("evaluations.compare.best")}
      title={t("evaluations.compare.best")}
    >
      ★
    </span>
  );
}

function Fact({ line: { key, values }, place, base }: Pick<Props, "line" | "place" | "base">) {
  const { i18n } = useTranslation();
  const value = values[place];
  const differs = place !== base && String(value) !== String(values[base]);
  if (value === undefined) return null;
  if (key === "job:state") return <StateWord state={String(value)} />;
  const time = timeOf(value);
  if (time !== undefined) return <span>{relative(new Date(time), i18n.language)}</span>;
  if (key === "job:length") return <span>{lengthOf(Number(value) * 1000, i18n.language)}</span>;
  return (
    <span className={differs && key !== "job:rows" ? "compared differs" : "compared"}>
      <Value value={value} />
    </span>
  );
}

export function signed(number: number, language: string): string {
  return (number > 0 ? "+" : "") + shortNumber(number, language);
}

function percent(share: number, bracketed: boolean, language: string): string {
  const text = `${signed(Math.round(share * 1000) / 10, language)}%`;
  return bracketed ? `(${text})` : text;
}
