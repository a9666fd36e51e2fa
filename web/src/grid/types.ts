import type { ReactNode } from "react";

/** One column; `Row` is what a line of the grid shows. */
export interface GridColumn<Row> {
  key: string;
  /** Its name, in the head, in the picker and read aloud. */
  title: string;
  /** What the head shows in place of the title. */
  head?: ReactNode;
  /** In pixels, until somebody changes it. */
  width?: number;
  align?: "left" | "right" | "center";
  /** Stays at the left while the others scroll, until somebody says otherwise. */
  pinned?: boolean;
  /** Not shown until somebody wants it. */
  hidden?: boolean;
  /** Stays at its place, whatever is done to the others. */
  fixed?: boolean;
  sortable?: boolean;
  /** What else can be done with it, in the menu of its head. */
  acts?: readonly { key: string; label: string; act: () => void }[];
  /** What is copied of a cell that shows less than it holds; there is a button for it. */
  copied?(row: Row): string;
  /** What a cell shows; by default what `Row` holds under the key, as text. */
  render?(row: Row, index: number): ReactNode;
}

/** Where rows come from; they may come in windows, as they are wanted. */
export interface RowSource<Row> {
  total: number;
  /** The row at a place; undefined while it is still to come. */
  at(index: number): Row | undefined;
  /** Says which rows are on the screen, the last included. */
  want(first: number, last: number): void;
  /** Why rows do not come. */
  error?: unknown;
}

export interface SortBy {
  key: string;
  descending: boolean;
}

/** How the columns lie; what is left out is as the columns themselves say. */
export interface GridLayout {
  /** Keys from left to right; columns that are not named follow in their own order. */
  order?: readonly string[];
  hidden?: readonly string[];
  pinned?: readonly string[];
  /** In pixels, of those that somebody has changed. */
  widths?: Readonly<Record<string, number>>;
}

export interface GridProps<Row> {
  /** What it is a list of; read aloud. */
  label: string;
  columns: readonly GridColumn<Row>[];
  rows: RowSource<Row>;
  /** Names a row, for selection. By default what it holds as `id`, `name` or `number`; else its place. */
  keyOf?: (row: Row, index: number) => string;
  sort?: readonly SortBy[];
  onSort?: (sort: SortBy[]) => void;
  selected?: ReadonlySet<string>;
  onSelect?: (selected: ReadonlySet<string>) => void;
  /** Enter or a double click on a row. */
  onOpen?: (row: Row, index: number) => void;
  /** Without it the grid remembers by itself how the columns lie, for as long as it is shown. */
  layout?: GridLayout;
  onLayout?: (layout: GridLayout) => void;
  rowHeight?: number;
  /** Of all of it, as CSS says it; by default what is left of the window, or less where there are few rows. */
  height?: string;
  /** Stands in the place of rows where there are none. */
  empty?: ReactNode;
  /** What is shown may not be the newest. */
  busy?: boolean;
  /** A row to be gone to, once whenever this is another object. */
  reveal?: { index: number } | undefined;
}
