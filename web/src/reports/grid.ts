import type { Node } from "./known";

/** The cells of a table in rows of one width: one that another spans is empty. */
export function laidOut(rows: Node[], textOf: (cell: Node) => string): string[][] {
  const grid: string[][] = rows.map(() => []);
  rows.forEach((row, y) => {
    for (const cell of row.content ?? []) place(grid, y, cell, textOf(cell));
  });
  const width = Math.max(0, ...grid.map(({ length }) => length));
  return grid.map((row) => Array.from({ length: width }, (_, x) => row[x] ?? ""));
}

function place(grid: string[][], y: number, { attrs = {} }: Node, text: string): void {
  const taken = grid[y] ?? [];
  const free = Array.from({ length: taken.length }, (_, x) => x).find((x) => taken[x] === undefined);
  const x = free ?? taken.length;
  for (const row of grid.slice(y, y + Number(attrs.rowspan ?? 1)))
    for (let across = 0; across < Number(attrs.colspan ?? 1); across++) row[x + across] = "";
  taken[x] = text;
}
