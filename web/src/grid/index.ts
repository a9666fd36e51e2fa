export { Grid } from "./Grid";
export { KeyButton } from "./KeyButton";
export { changedAlike } from "./selection";
export { type AskWindow, sourceOf, useWindows } from "./sources";
export type { GridColumn, GridLayout, GridProps, RowSource, SortBy } from "./types";
