import { useTranslation } from "react-i18next";
import { exact, relative } from "../i18n/times";

/** A text with a blank `when`, filled with how long ago it was; the exact time is shown on pointing at it. */
export function Time({ at, words }: { at: string; words: (when: string) => string }) {
  const { i18n } = useTranslation();
  return (
    <time dateTime={at} title={exact(at, i18n.language)}>
      {words(relative(at, i18n.language))}
    </time>
  );
}
