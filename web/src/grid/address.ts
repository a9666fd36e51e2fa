import type { GridLayout, SortBy } from "./types";

const PARTS = ["order", "hide", "pin", "width"] as const;
export type LayoutPart = (typeof PARTS)[number];

/** Names as one text, separated by commas. */
export const listed = (keys: readonly string[]): string =>
  keys.map((key) => key.replace(/[%,]/g, (sign) => (sign === "%" ? "%25" : "%2C"))).join(",");

export const unlisted = (text: string): string[] =>
  text
    .split(",")
    .filter(Boolean)
    .map((each) => {
      try {
        return decodeURIComponent(each);
      } catch {
        return each;
      }
    });

/** What rows are sorted by, as one text; a sign before a name says that the highest come first. */
export const sortText = (sort: readonly SortBy[]): string =>
  listed(sort.map(({ key, descending }) => (descending ? `-${key}` : key.replace(/^(?=[-+])/, "+"))));

export const sortOf = (text: string): SortBy[] =>
  unlisted(text).map((each) => ({ key: each.replace(/^[-+]/, ""), descending: each.startsWith("-") }));

/** Each part of a layout as an address says it; undefined for what is as usual. */
export function writtenLayout({
  order,
  hidden,
  pinned,
  widths,
}: GridLayout): Record<LayoutPart, string | undefined> {
  return {
    order: listed(order ?? []) || undefined,
    hide: hidden && listed(hidden),
    pin: pinned && listed(pinned),
    width: listed(Object.entries(widths ?? {}).map(([key, width]) => `${width} ${key}`)) || undefined,
  };
}

/**
 * The layout that an address says; what it does not say is as in `base`. Where an address speaks of two grids, the names
 * of one begin with `prefix`.
 */
export function layoutOf(parameters: URLSearchParams, base: GridLayout = {}, prefix = ""): GridLayout {
  const said = <Value>(part: LayoutPart, read: (text: string) => Value, otherwise: Value): Value => {
    const text = parameters.get(prefix + part);
    return text === null ? otherwise : read(text);
  };
  const order = said<readonly string[] | undefined>("order", unlisted, base.order);
  const hidden = said<readonly string[] | undefined>("hide", unlisted, base.hidden);
  const pinned = said<readonly string[] | undefined>("pin", unlisted, base.pinned);
  const widths = said<Readonly<Record<string, number>> | undefined>("width", readWidths, base.widths);
  return {
    ...(order && { order }),
    ...(hidden && { hidden }),
    ...(pinned && { pinned }),
    ...(widths && { widths }),
  };
}

/** Has an address say a layout; other parts of it stay. */
export function sayLayout(parameters: URLSearchParams, layout: GridLayout, prefix = ""): URLSearchParams {
  const next = new URLSearchParams(parameters);
  const own = writtenLayout(layout);
  for (const part of PARTS) {
    const text = own[part];
    if (text === undefined) next.delete(prefix + part);
    else next.set(prefix + part, text);
  }
  return next;
}

function readWidths(text: string): Record<string, number> {
  const pairs = unlisted(text).map((each) => {
    const [width = "", ...key] = each.split(" ");
    return [key.join(" "), Number(width)] as const;
  });
  return Object.fromEntries(pairs.filter(([key, width]) => key && Number.isFinite(width)));
}
