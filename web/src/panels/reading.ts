import { createContext, use, useState } from "react";
import type { GridLayout, SortBy } from "../grid";
import { layoutOf, sayLayout, sortOf, sortText } from "../grid/address";
import { useAddress } from "../ui/useSearch";

/** Which panel of a page something is part of; empty where none of them is kept, as in an editor. */
export const PanelNumber = createContext("");

/** How a reader has a panel shown: what is said of it in the address, or for as long as it is there. */
export interface Reading {
  sort: readonly SortBy[];
  layout: GridLayout;
  /** A chart as the figures that it is made of. */
  asTable: boolean;
}

const PLAIN: Reading = { sort: [], layout: {}, asTable: false };

/** What an address says of a panel; the names of what it says begin with the number of the panel. */
export function readingOf(parameters: URLSearchParams, number: string): Reading {
  return {
    sort: sortOf(parameters.get(`${number}.sort`) ?? ""),
    layout: layoutOf(parameters, {}, `${number}.`),
    asTable: parameters.get(`${number}.as`) === "table",
  };
}

/** Has an address say how a panel is shown; other parts of it stay. */
export function sayReading(parameters: URLSearchParams, number: string, reading: Reading): URLSearchParams {
  const next = sayLayout(parameters, reading.layout, `${number}.`);
  const put = (part: string, text: string): void => {
    if (text) next.set(`${number}.${part}`, text);
    else next.delete(`${number}.${part}`);
  };
  put("sort", sortText(reading.sort));
  put("as", reading.asTable ? "table" : "");
  return next;
}

/** How the panel around is shown, and how to have it shown otherwise. */
export function useReading(): [Reading, (part: Partial<Reading>) => void] {
  const number = use(PanelNumber);
  const [parameters, change] = useAddress();
  // The address follows at leisure: what is changed is seen at once.
  const [reading, setReading] = useState(() => (number ? readingOf(parameters, number) : PLAIN));
  const read = (part: Partial<Reading>): void => {
    const next = { ...reading, ...part };
    setReading(next);
    if (number) change((now) => sayReading(now, number, next));
  };
  return [reading, read];
}
