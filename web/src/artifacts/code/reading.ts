import { json } from "@codemirror/lang-json";
import { markdown } from "@codemirror/lang-markdown";
import { python } from "@codemirror/lang-python";
import { yaml } from "@codemirror/lang-yaml";
import { foldGutter, HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { search, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { nonce } from "../../shell/nonce";
import type { Language } from "../files/shown";

const LANGUAGES: Record<Language, () => Extension> = { json, markdown, python, yaml };

// Both colours of each are legible on the ground that they lie on.
const COLOURS = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: "light-dark(#8250df, #c297ff)" },
  { tag: [tags.string, tags.special(tags.string)], color: "light-dark(#0a6b2d, #7fd491)" },
  { tag: [tags.number, tags.bool, tags.null], color: "light-dark(#9a3b00, #f0a56b)" },
  { tag: [tags.comment, tags.meta], color: "light-dark(#5c6470, #9aa4b2)", fontStyle: "italic" },
  {
    tag: [tags.function(tags.variableName), tags.className, tags.definition(tags.propertyName)],
    color: "light-dark(#1d4da8, #9cc0ff)",
  },
  { tag: [tags.propertyName, tags.attributeName], color: "light-dark(#1d4da8, #9cc0ff)" },
  { tag: tags.heading, fontWeight: "600" },
  { tag: tags.link, textDecoration: "underline" },
]);

const GROUND = EditorView.theme({
  "&": { fontSize: "13px", backgroundColor: "var(--ant-color-fill-quaternary)", borderRadius: "6px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55" },
  ".cm-content": { caretColor: "var(--ant-color-text)" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--faint)", border: "0" },
  "&.cm-focused": { outline: "2px solid var(--ant-color-primary)" },
  ".cm-selectionBackground, &.cm-focused .cm-selectionBackground": {
    backgroundColor: "light-dark(#b6d0ff, #2d4d86) !important",
  },
});

/** What makes a view of a text for reading: it scrolls, folds, searches and copies, and changes nothing. */
export function reading(language: Language | undefined, label: string): Extension[] {
  return [
    EditorView.cspNonce.of(nonce),
    EditorState.readOnly.of(true),
    EditorView.contentAttributes.of({ "aria-label": label, "aria-readonly": "true", tabindex: "0" }),
    lineNumbers(),
    foldGutter(),
    search({ top: true }),
    keymap.of(searchKeymap),
    syntaxHighlighting(COLOURS),
    GROUND,
    ...(language ? [LANGUAGES[language]()] : []),
  ];
}
