import type { Language } from "./languages";

/** Texts that come with the pages that show them. */
export interface PartWords {
  admin: typeof import("../admin/words/en").default;
  artifacts: typeof import("../artifacts/words/en").default;
  datasets: typeof import("../datasets/words/en").default;
  demo: typeof import("../demo/words/en").default;
  evaluations: typeof import("../evaluations/words/en").default;
  filtering: typeof import("../filtering/words/en").default;
  grid: typeof import("../grid/words/en").default;
  jobs: typeof import("../jobs/words/en").default;
  media: typeof import("../media/words/en").default;
  models: typeof import("../models/words/en").default;
  panels: typeof import("../panels/words/en").default;
  problem: typeof import("../problem/words/en").default;
  reports: typeof import("../reports/words/en").default;
  rows: typeof import("../datasets/rows/words/en").default;
  runtimes: typeof import("../runtimes/words/en").default;
  saved: typeof import("../saved/words/en").default;
}

export type Part = keyof PartWords;

export const PARTS: Record<Part, Record<Language, () => Promise<{ default: object }>>> = {
  admin: { en: () => import("../admin/words/en"), zh: () => import("../admin/words/zh") },
  artifacts: { en: () => import("../artifacts/words/en"), zh: () => import("../artifacts/words/zh") },
  datasets: { en: () => import("../datasets/words/en"), zh: () => import("../datasets/words/zh") },
  demo: { en: () => import("../demo/words/en"), zh: () => import("../demo/words/zh") },
  evaluations: { en: () => import("../evaluations/words/en"), zh: () => import("../evaluations/words/zh") },
  filtering: { en: () => import("../filtering/words/en"), zh: () => import("../filtering/words/zh") },
  grid: { en: () => import("../grid/words/en"), zh: () => import("../grid/words/zh") },
  jobs: { en: () => import("../jobs/words/en"), zh: () => import("../jobs/words/zh") },
  media: { en: () => import("../media/words/en"), zh: () => import("../media/words/zh") },
  models: { en: () => import("../models/words/en"), zh: () => import("../models/words/zh") },
  panels: { en: () => import("../panels/words/en"), zh: () => import("../panels/words/zh") },
  problem: { en: () => import("../problem/words/en"), zh: () => import("../problem/words/zh") },
  reports: { en: () => import("../reports/words/en"), zh: () => import("../reports/words/zh") },
  rows: { en: () => import("../datasets/rows/words/en"), zh: () => import("../datasets/rows/words/zh") },
  runtimes: { en: () => import("../runtimes/words/en"), zh: () => import("../runtimes/words/zh") },
  saved: { en: () => import("../saved/words/en"), zh: () => import("../saved/words/zh") },
};
