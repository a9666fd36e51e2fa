import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useEffectEvent, useRef } from "react";
import { nonce } from "../../shell/nonce";

interface Props {
  text: string;
  type: (text: string) => void;
  label: string;
  /** A line with which something is wrong. */
  line: number | undefined;
}

const COLOURS = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "light-dark(#1d4da8, #9cc0ff)" },
  { tag: tags.string, color: "light-dark(#0a6b2d, #7fd491)" },
  { tag: [tags.number, tags.bool, tags.null], color: "light-dark(#9a3b00, #f0a56b)" },
  { tag: tags.comment, color: "light-dark(#5c6470, #9aa4b2)", fontStyle: "italic" },
]);
const GROUND = EditorView.theme({
  "&": { fontSize: "13px", backgroundColor: "var(--ant-color-fill-quaternary)", borderRadius: "6px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55", minHeight: "220px" },
  ".cm-content": { caretColor: "var(--ant-color-text)" },
  ".cm-cursor": { borderLeftColor: "var(--ant-color-text)" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--faint)", border: "0" },
  "&.cm-focused": { outline: "2px solid var(--ant-color-primary)" },
  ".wrong-line": { backgroundColor: "light-dark(#ffe1df, #4a1a1a)" },
});
const mark = StateEffect.define<number | undefined>();
const marked = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(old, transaction) {
    for (const effect of transaction.effects)
      if (effect.is(mark)) return wrongLine(transaction.state, effect.value);
    return old.map(transaction.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

function wrongLine(state: EditorState, line: number | undefined): DecorationSet {
  if (line === undefined || line < 1 || line > state.doc.lines) return Decoration.none;
  return Decoration.set([Decoration.line({ class: "wrong-line" }).range(state.doc.line(line).from)]);
}

/** The order as text, to be read and to be written. */
export default function YamlEditor({ text, type, label, line }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView>(undefined);
  const tell = useEffectEvent(type);
  const begin = useEffectEvent(() => text);
  useEffect(() => {
    if (!place.current) return;
    const view = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: begin(),
        extensions: [
          EditorView.cspNonce.of(nonce),
          EditorView.contentAttributes.of({ "aria-label": label }),
          EditorView.lineWrapping,
          lineNumbers(),
          history(),
          keymap.of([...defaultKeymap, ...historyKeymap]),
          yaml(),
          syntaxHighlighting(COLOURS),
          GROUND,
          marked,
          EditorView.updateListener.of((update) => {
            const own = update.transactions.some(
              (each) =>
                each.isUserEvent("input") ||
                each.isUserEvent("delete") ||
                each.isUserEvent("undo") ||
                each.isUserEvent("redo") ||
                each.isUserEvent("move"),
            );
            if (update.docChanged && own) tell(update.state.doc.toString());
          }),
        ],
      }),
    });
    editor.current = view;
    return () => view.destroy();
  }, [label]);
  useEffect(() => {
    const view = editor.current;
    // What is typed is left as it is; what the form says takes its place.
    if (view && view.state.doc.toString() !== text)
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
  }, [text]);
  useEffect(() => editor.current?.dispatch({ effects: mark.of(line) }), [line]);
  return <div ref={place} className="yaml" />;
}
