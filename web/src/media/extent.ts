/** How much room a value is shown in. */
export type Size = "cell" | "card" | "full";

/** Pixels of a picture as it is stored. */
export interface Extent {
  width: number;
  height: number;
}
