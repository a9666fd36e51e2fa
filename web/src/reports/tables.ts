import { type Editor, Extension, Node } from "@tiptap/core";
import { type EditorState, TextSelection, type Transaction } from "@tiptap/pm/state";
import {
  addColumnAfter,
  addColumnBefore,
  addRowAfter,
  addRowBefore,
  deleteColumn,
  deleteRow,
  deleteTable,
  goToNextCell,
  isInTable,
  tableEditing,
  toggleHeader,
} from "@tiptap/pm/tables";
import type { Node as Kept } from "./known";

/** What can be done to the table where the cursor is. */
export const TABLE_ACTS = [
  "rowAbove",
  "rowBelow",
  "columnLeft",
  "columnRight",
  "removeRow",
  "removeColumn",
  "headerRow",
  "removeTable",
] as const;
export type TableAct = (typeof TABLE_ACTS)[number];

type Act = (state: EditorState, dispatch?: (transaction: Transaction) => void) => boolean;
/** Without its last row or column a table is none. */
const or =
  (act: Act): Act =>
  (state, dispatch) =>
    act(state, dispatch) || deleteTable(state, dispatch);
const ACTS: Record<TableAct, Act> = {
  rowAbove: addRowBefore,
  rowBelow: addRowAfter,
  columnLeft: addColumnBefore,
  columnRight: addColumnAfter,
  removeRow: or(deleteRow),
  removeColumn: or(deleteColumn),
  headerRow: toggleHeader("row"),
  removeTable: deleteTable,
};
const ROLES: Record<string, string> = {
  table: "table",
  tableRow: "row",
  tableHeader: "header_cell",
  tableCell: "cell",
};
const ROWS = 3;
const COLUMNS = 3;
/** As many columns as one cell may span; see src/starwhale/evaluations/prose.py. */
const WIDEST = 50;

export function actOnTable(editor: Editor, act: TableAct): void {
  editor
    .chain()
    .focus()
    .command(({ state, dispatch }) => ACTS[act](state, dispatch))
    .run();
}

/** Put an empty table where the cursor is, and the cursor into its first cell. */
export function insertTable(editor: Editor): void {
  const row = (type: string): Kept => ({
    type: "tableRow",
    content: Array.from({ length: COLUMNS }, () => ({ type, content: [{ type: "paragraph" }] })),
  });
  const rows = Array.from({ length: ROWS }, (_, at) => row(at === 0 ? "tableHeader" : "tableCell"));
  const table = editor.schema.nodeFromJSON({ type: "table", content: rows });
  editor
    .chain()
    .focus()
    .command(({ tr, dispatch }) => {
      if (dispatch) {
        const inside = tr.selection.from + 1;
        tr.replaceSelectionWith(table);
        tr.setSelection(TextSelection.near(tr.doc.resolve(inside))).scrollIntoView();
      }
      return true;
    })
    .run();
}

/** Put something where the cursor is; behind the table where it is in one, whose cells hold text alone. */
export function insertBlock(editor: Editor, node: Kept): void {
  const { selection } = editor.state;
  const { $from } = selection;
  const depth = Array.from({ length: $from.depth }, (_, at) => at + 1).find(
    (at) => $from.node(at).type.name === "table",
  );
  const chain = editor.chain().focus();
  if (depth === undefined) chain.insertContent(node).run();
  else chain.insertContentAt($from.after(depth), node).run();
}

export { isInTable };

const span = (name: "colspan" | "rowspan") => ({
  default: 1,
  parseHTML: (element: HTMLElement) =>
    Math.min(Math.max(Number.parseInt(element.getAttribute(name) ?? "1", 10) || 1, 1), WIDEST),
});

const cell = (name: "tableCell" | "tableHeader", tag: "td" | "th") =>
  Node.create({
    name,
    content: "paragraph+",
    isolating: true,
    addAttributes: () => ({ colspan: span("colspan"), rowspan: span("rowspan") }),
    parseHTML: () => [{ tag }],
    renderHTML: ({ HTMLAttributes }) => [tag, HTMLAttributes, 0],
  });

const Table = Node.create({
  name: "table",
  group: "block",
  content: "tableRow+",
  isolating: true,
  // Of all nodes: who is what of a table.
  extendNodeSchema: ({ name }) => (ROLES[name] ? { tableRole: ROLES[name] } : {}),
  parseHTML: () => [{ tag: "table" }],
  renderHTML: () => ["div", { class: "report-table" }, ["table", ["tbody", 0]]],
  addKeyboardShortcuts() {
    const go = (direction: 1 | -1) => () =>
      this.editor.commands.command(({ state, dispatch }) => goToNextCell(direction)(state, dispatch));
    return {
      // Behind the last cell begins another row.
      Tab: () =>
        isInTable(this.editor.state) &&
        (go(1)() ||
          this.editor
            .chain()
            .command(({ state, dispatch }) => addRowAfter(state, dispatch))
            .command(({ state, dispatch }) => goToNextCell(1)(state, dispatch))
            .run()),
      "Shift-Tab": go(-1),
    };
  },
  addProseMirrorPlugins: () => [tableEditing()],
});

const TableRow = Node.create({
  name: "tableRow",
  content: "(tableCell | tableHeader)+",
  parseHTML: () => [{ tag: "tr" }],
  renderHTML: () => ["tr", 0],
});

/** Whoever pastes a table means the table, and not the picture of it that comes along. */
export function bringsTable(data: DataTransfer | null): boolean {
  return /<table[\s>]/i.test(data?.getData("text/html") ?? "");
}

/** Tables within the text, whose cells hold text alone. */
export const Tables = Extension.create({
  name: "tables",
  addExtensions: () => [Table, TableRow, cell("tableHeader", "th"), cell("tableCell", "td")],
});
