import type { Locale } from "antd/es/locale";
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { remembered } from "../shell/memory";
import { grouped } from "./grouped";
import { LANGUAGES, type Language } from "./languages";
import { PARTS, type Part, type PartWords } from "./parts";

/** What every page may say; parts say more. */
export type OwnWords = typeof import("./en").default;

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: OwnWords & PartWords };
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

const brought = new Set<Part>();

/** Have the texts of some parts at hand, in the language that is spoken and in each that comes after it. */
export async function bring(...parts: Part[]): Promise<void> {
  for (const part of parts) brought.add(part);
  await learn(i18next.language as Language, parts);
}

async function learn(wanted: Language, parts: Iterable<Part>): Promise<void> {
  const missing = [...parts].filter((part) => !i18next.exists(part, { lng: wanted, returnObjects: true }));
  await Promise.all(
    missing.map(async (part) => {
      const words = await PARTS[part][wanted]();
      i18next.addResourceBundle(wanted, "translation", { [part]: words.default }, true);
    }),
  );
}

export async function speak(wanted: Language): Promise<void> {
  if (!locales.has(wanted)) {
    const bundle = await bundles[wanted]();
    i18next.addResourceBundle(wanted, "translation", bundle.default, true);
    locales.set(wanted, bundle.antd);
  }
  await learn(wanted, brought);
  await i18next.changeLanguage(wanted);
  document.documentElement.lang = wanted === "zh" ? "zh-CN" : "en";
}

export async function begin(): Promise<void> {
  await i18next
    .use(initReactI18next)
    .use(grouped)
    .init({
      resources: {},
      fallbackLng: false,
      returnNull: false,
      react: { useSuspense: false },
      interpolation: { escapeValue: false, alwaysFormat: true }, // React escapes
    });
  await speak(language.read() ?? guess(navigator.languages));
}
