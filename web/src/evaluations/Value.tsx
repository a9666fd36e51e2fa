import { useTranslation } from "react-i18next";
import { numberOf, textOf, timeOf } from "./values";

/** A value of a summary in a cell. Thousands of them come by while somebody scrolls: most need no words. */
export function Value({ value }: { value: unknown }) {
  if (value === null || value === undefined) return null;
  const number = numberOf(value);
  if (number !== undefined) return <span title={String(number)}>{shortNumber(number)}</span>;
  if (typeof value === "boolean" || timeOf(value) !== undefined) return <Worded value={value} />;
  const text = textOf(value);
  return <span title={text}>{text.slice(0, 300)}</span>;
}

function Worded({ value }: { value: unknown }) {
  const { t, i18n } = useTranslation();
  const time = timeOf(value);
  if (time !== undefined) return <span>{new Date(time).toLocaleString(i18n.language)}</span>;
  return <span>{t(value === true ? "evaluations.yes" : "evaluations.no")}</span>;
}

/** A number in few figures; all of them where it is whole. */
export function shortNumber(number: number): string {
  if (Number.isNaN(number)) return "NaN";
  if (!Number.isFinite(number)) return number > 0 ? "∞" : "−∞";
  if (Number.isInteger(number) && Math.abs(number) < 1e9) return String(number).replace("-", "−");
  const size = Math.abs(number);
  const text = size >= 1e-4 && size < 1e9 ? trimmed(number) : number.toExponential(3);
  return text.replace("-", "−");
}

function trimmed(number: number): string {
  const digits = Math.abs(number) >= 1000 ? 1 : 4;
  const text = Math.abs(number) < 0.01 ? number.toPrecision(4) : number.toFixed(digits);
  return text.replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
}
