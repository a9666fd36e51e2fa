import { useMemo } from "react";
import { listed, unlisted } from "../grid/address";
import { said, useSaid } from "../ui/useSearch";
import { SORTS, type Sort } from "./outline";

/** What is switched off over pictures. */
export interface Hidden {
  layers: ReadonlySet<string>;
  sorts: ReadonlySet<Sort | "labels">;
}

const LAYERS = "layers-off";
const KINDS = "marks-off";
const KNOWN: ReadonlySet<string> = new Set([...SORTS, "labels"]);

/** What an address says is switched off; it holds for every picture of the page, and from row to row. */
export function hiddenOf(parameters: URLSearchParams): Hidden {
  const told = (name: string): string[] => unlisted(parameters.get(name) ?? "");
  return {
    layers: new Set(told(LAYERS)),
    sorts: new Set(told(KINDS).filter((each): each is Sort | "labels" => KNOWN.has(each))),
  };
}

function toggled(names: ReadonlySet<string>, name: string): string {
  const next = new Set(names);
  if (!next.delete(name)) next.add(name);
  return listed([...next]);
}

/** What an address has to say once a layer is turned on or off. */
export function layerTurned(parameters: URLSearchParams, name: string): Record<string, string> {
  return { [LAYERS]: toggled(hiddenOf(parameters).layers, name) };
}

/** The same for marks of one sort. */
export function sortTurned(parameters: URLSearchParams, sort: Sort | "labels"): Record<string, string> {
  return { [KINDS]: toggled(hiddenOf(parameters).sorts, sort) };
}

export function useHidden(): Hidden {
  const [parameters] = useSaid();
  return useMemo(() => hiddenOf(parameters), [parameters]);
}

/** Turns layers and sorts of marks on and off, as the address says them now. */
export function useTurning(): {
  turnLayer: (name: string) => void;
  turnSort: (sort: Sort | "labels") => void;
} {
  const [, say] = useSaid();
  return {
    turnLayer: (name) => say(layerTurned(said(), name)),
    turnSort: (sort) => say(sortTurned(said(), sort)),
  };
}
