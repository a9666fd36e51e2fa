import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";
import { PARTS } from "./parts";

const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((name) =>
  /(?<!\.test|schema\.d)\.tsx?$/.test(name),
);
const texts = new Map(files.map((name) => [name, readFileSync(join("src", name), "utf8")]));
const PAGE = /page(?:<[^>]*>)?\(\s*\[([^\]]*)\],\s*\(\) => import\(\s*"([^"]+)"\s*,?\s*\)/g;
const IMPORT =
  /(?:^|\n)(?:import|export)\s+(?!type\b)[^;"]*?from\s+"(\.[^"]*)"|import\(\s*"(\.[^"]*)"\s*,?\s*\)/g;

function fileOf(from: string, path: string): string | undefined {
  const base = normalize(join(dirname(from), path));
  return [`${base}.ts`, `${base}.tsx`, `${base}/index.ts`, `${base}/index.tsx`].find((name) =>
    existsSync(join("src", name)),
  );
}

/** What a file needs, without what brings its own words along. */
function needs(name: string): string[] {
  const text = (texts.get(name) ?? "").replace(PAGE, "");
  return [...text.matchAll(IMPORT)]
    .map(([, plain, lazy]) => fileOf(name, plain ?? lazy ?? ""))
    .filter((found) => found !== undefined);
}

function allOf(root: string): Set<string> {
  const met = new Set([root]);
  for (const name of met) for (const next of needs(name)) met.add(next);
  return met;
}

const pages = [...texts].flatMap(([name, text]) =>
  [...text.matchAll(PAGE)].map(([, parts = "", path = ""]) => ({
    page: fileOf(name, path) ?? path,
    brought: [...parts.matchAll(/"(\w+)"/g)].map(([, part]) => part ?? ""),
  })),
);

// A word that is made from a variable may be one of those that a page has no use for.
const ELSEWHERE: Record<string, string[]> = {
  "admin/health/HealthPage.tsx": ["jobs"],
  "evaluations/rowwise/RowsPage.tsx": ["jobs"],
};

test("every page brings the words along that it may say", () => {
  expect(pages.length).toBeGreaterThan(20);
  for (const { page, brought } of pages) {
    const known = [...brought, ...(ELSEWHERE[page] ?? [])];
    const said = [...allOf(page)].map((name) => texts.get(name) ?? "").join("\n");
    const lacking = Object.keys(PARTS).filter(
      (part) => !known.includes(part) && new RegExp(`["\`]${part}\\.[a-zA-Z$]`).test(said),
    );
    expect(lacking, page).toEqual([]);
  }
});
