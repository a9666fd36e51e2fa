import type { Editor, Range } from "@tiptap/core";
import { insertTable } from "./tables";

/** What can be put into a report, or made of a line, by a slash or from the bar above. */
export const COMMANDS = [
  "heading1",
  "heading2",
  "heading3",
  "bulletList",
  "orderedList",
  "quote",
  "code",
  "divider",
  "table",
  "panel",
  "image",
  "markdown",
] as const;
export type Command = (typeof COMMANDS)[number];

/** Commands that a text needs more than the editor for. */
export type Asked = "panel" | "image" | "markdown";

export function isAsked(command: Command): command is Asked {
  return command === "panel" || command === "image" || command === "markdown";
}

/** Carry out a command on the line where the cursor is; `range` is what was typed to call it, and goes. */
export function carryOut(editor: Editor, command: Exclude<Command, Asked>, range?: Range): void {
  const chain = editor.chain().focus();
  if (range) chain.deleteRange(range);
  switch (command) {
    case "heading1":
      chain.toggleHeading({ level: 2 }).run();
      break;
    case "heading2":
      chain.toggleHeading({ level: 3 }).run();
      break;
    case "heading3":
      chain.toggleHeading({ level: 4 }).run();
      break;
    case "bulletList":
      chain.toggleBulletList().run();
      break;
    case "orderedList":
      chain.toggleOrderedList().run();
      break;
    case "quote":
      chain.toggleBlockquote().run();
      break;
    case "code":
      chain.toggleCodeBlock().run();
      break;
    case "table":
      chain.run();
      insertTable(editor);
      break;
    case "divider":
      chain.setHorizontalRule().run();
      break;
  }
}

/** The commands whose name, in the language of the page or in English, holds what was typed. */
export function matching(typed: string, nameOf: (command: Command) => string): Command[] {
  const wanted = typed.trim().toLowerCase();
  return COMMANDS.filter(
    (command) => nameOf(command).toLowerCase().includes(wanted) || command.toLowerCase().includes(wanted),
  );
}
