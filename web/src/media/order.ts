import { createContext } from "react";

/** The columns whose marks are seen in several rows at once, so that each has one colour in all of them. */
export const LayerOrder = createContext<readonly string[]>([]);
