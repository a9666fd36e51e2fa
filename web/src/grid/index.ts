export { Grid, type GridProps } from "./Grid";
export { type AskWindow, sourceOf, useWindows } from "./sources";
export type { GridColumn, GridLayout, RowSource, SortBy } from "./types";
