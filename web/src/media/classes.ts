import { createContext } from "react";
import { isRecord } from "./value";

/** Names of classes by their numbers. */
export type Names = readonly unknown[] | Readonly<Record<string, unknown>>;

/** What the classes are called whose numbers stand in the rows that are shown. */
export const ClassNames = createContext<Names>({});

/** The names that the description of a dataset has, as one made of annotations of COCO does. */
export function categoriesOf({ categories }: Readonly<Record<string, unknown>>): Names {
  return isRecord(categories) ? categories : {};
}

/** The name of a class; undefined where it has none. */
export function classOf(names: Names, number: number): string | undefined {
  const name = (names as Readonly<Record<string, unknown>>)[String(number)];
  return typeof name === "string" || typeof name === "number" ? String(name) : undefined;
}
