import { useTranslation } from "react-i18next";
import { numberOf, textOf, timeOf } from "./values";

/** A value of a summary in a cell. */
export function Value({ value }: { value: unknown }) {
  const { t, i18n } = useTranslation();
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean") return <span>{t(value ? "evaluations.yes" : "evaluations.no")}</span>;
  const number = numberOf(value);
  if (number !== undefined) return <span title={String(number)}>{shortNumber(number)}</span>;
  const time = timeOf(value);
  const text = time === undefined ? textOf(value) : new Date(time).toLocaleString(i18n.language);
  return <span title={text}>{text.slice(0, 300)}</span>;
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
