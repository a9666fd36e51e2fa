import { Extension, type Range } from "@tiptap/core";
import Suggestion from "@tiptap/suggestion";
import { isInTable } from "./tables";

/** What was typed behind a slash, and where. */
export interface Slash {
  typed: string;
  range: Range;
  /** On the screen, in pixels. */
  left: number;
  top: number;
}

interface Options {
  /** Hears what is typed behind a slash; null once that has ended. */
  told: (slash: Slash | null) => void;
  /** Takes a key while there is something to choose; whether it was for it. */
  pressed: (event: KeyboardEvent) => boolean;
}

interface Typed {
  query: string;
  range: Range;
  clientRect?: (() => DOMRect | null) | null;
}

/** Tells when a slash is typed, to have something put in its place. */
export const SlashCommands = Extension.create<Options>({
  name: "slashCommands",
  addOptions: () => ({ told: () => {}, pressed: () => false }),
  addProseMirrorPlugins() {
    const { told, pressed } = this.options;
    const tell = ({ query, range, clientRect }: Typed): void => {
      const place = clientRect?.();
      told({ typed: query, range, left: place?.left ?? 0, top: place?.bottom ?? 0 });
    };
    return [
      Suggestion({
        editor: this.editor,
        char: "/",
        // The cells of a table hold text alone.
        allow: ({ state }) => !isInTable(state),
        items: () => [],
        render: () => ({
          onStart: tell,
          onUpdate: tell,
          onKeyDown: ({ event }) => pressed(event),
          onExit: () => told(null),
        }),
      }),
    ];
  },
});
