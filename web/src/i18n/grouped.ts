import type { FormatterModule } from "i18next";
import { count } from "./amounts";

/** Writes each whole number that a text is given as its language does; what is no amount is given as a text. */
export const grouped: FormatterModule = {
  type: "formatter",
  init: () => undefined,
  format: (value, _, language = "en") =>
    Number.isSafeInteger(value) ? count(value as number, language) : value,
  add: () => undefined,
  addCached: () => undefined,
};
