import type { Locale } from "antd/es/locale";
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { remembered } from "../shell/memory";

export const LANGUAGES = { en: "English", zh: "中文" } as const;
export type Language = keyof typeof LANGUAGES;
export type Words = typeof import("./en").default;

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: Words };
    returnNull: false;
  }
}

interface Bundle {
  default: object;
  antd?: Locale;
}

const bundles: Record<Language, () => Promise<Bundle>> = {
  en: () => import("./en"),
  zh: () => import("./zh"),
};

export const language = remembered<Language>("language", (text) =>
  text in LANGUAGES ? (text as Language) : undefined,
);

/** The first of the languages that somebody reads that we speak; English where we speak none. */
export function guess(wanted: readonly string[]): Language {
  for (const each of wanted) {
    const [spoken = ""] = each.toLowerCase().split("-");
    if (spoken in LANGUAGES) return spoken as Language;
  }
  return "en";
}

const locales = new Map<string, Locale | undefined>();

/** What the widgets say by themselves; undefined for their own language, English. */
export const localeOf = (spoken: string): Locale | undefined => locales.get(spoken);

export async function speak(wanted: Language): Promise<void> {
  if (!locales.has(wanted)) {
    const bundle = await bundles[wanted]();
    i18next.addResourceBundle(wanted, "translation", bundle.default);
    locales.set(wanted, bundle.antd);
  }
  await i18next.changeLanguage(wanted);
  document.documentElement.lang = wanted === "zh" ? "zh-CN" : "en";
}

export async function begin(): Promise<void> {
  await i18next.use(initReactI18next).init({
    resources: {},
    fallbackLng: false,
    returnNull: false,
    react: { useSuspense: false },
    interpolation: { escapeValue: false }, // React escapes
  });
  await speak(language.read() ?? guess(navigator.languages));
}
