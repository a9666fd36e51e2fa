import i18next from "i18next";
import { useTranslation } from "react-i18next";
import { moment } from "../i18n/times";
import { timeOf } from "../panels/values";
import { isRecord, numberOf, textOf } from "./values";

/** A value of a summary in a cell. Thousands of them come by while somebody scrolls: most need no words. */
export function Value({ value }: { value: unknown }) {
  if (value === null || value === undefined) return null;
  const number = numberOf(value);
  if (number !== undefined)
    return <span title={String(number)}>{shortNumber(number, i18next.language)}</span>;
  if (typeof value === "boolean" || timeOf(value) !== undefined) return <Worded value={value} />;
  const text = textOf(value);
  return <span title={text}>{text.slice(0, 300)}</span>;
}

function Worded({ value }: { value: unknown }) {
  const { t, i18n } = useTranslation();
  if (isRecord(value)) {
    const { $: type, v: text } = value;
    return <span title={String(text)}>{moment(String(type), String(text), i18n.language)}</span>;
  }
  return <span>{t(value === true ? "evaluations.yes" : "evaluations.no")}</span>;
}

/** A number in few figures; all of them where it is whole. */
export function shortNumber(number: number, language: string): string {
  if (Number.isNaN(number)) return "NaN";
  if (!Number.isFinite(number)) return number > 0 ? "∞" : "−∞";
  const size = Math.abs(number);
  const far = size >= 1e9 || (size < 1e-4 && number !== 0);
  const text = far ? number.toExponential(3) : formOf(size, language).format(number || 0);
  return text.replaceAll("-", "−");
}

const forms = new Map<string, Intl.NumberFormat>();

/** How numbers of a size are written; kept, for one takes as long to make as a hundred numbers to write. */
function formOf(size: number, language: string): Intl.NumberFormat {
  const digits = size >= 1000 ? 1 : 4;
  const small = size < 0.01;
  const key = `${language} ${digits} ${small}`;
  const known = forms.get(key);
  if (known) return known;
  const made = new Intl.NumberFormat(
    language,
    small ? { maximumSignificantDigits: digits } : { maximumFractionDigits: digits },
  );
  forms.set(key, made);
  return made;
}
