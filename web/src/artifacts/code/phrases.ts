import { EditorState, type Extension } from "@codemirror/state";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

/** What the editor has words for by itself, in English, and ours. */
const PHRASES = {
  Find: "artifacts.code.find",
  next: "artifacts.code.next",
  previous: "artifacts.code.previous",
  all: "artifacts.code.all",
  "match case": "artifacts.code.matchCase",
  regexp: "artifacts.code.regexp",
  "by word": "artifacts.code.byWord",
  close: "artifacts.code.close",
  "current match": "artifacts.code.match",
  "on line": "artifacts.code.onLine",
  "Go to line": "artifacts.code.goTo",
  go: "artifacts.code.go",
  "Fold line": "artifacts.code.fold",
  "Unfold line": "artifacts.code.unfold",
  "folded code": "artifacts.code.folded",
  unfold: "artifacts.code.unfold",
  "$ unchanged lines": "artifacts.diff.sameLines",
} as const satisfies Record<string, string>;

/** Has what the editor says itself said in the language of the page. */
export function usePhrases(): Extension {
  const { t } = useTranslation();
  return useMemo(
    () =>
      EditorState.phrases.of(
        Object.fromEntries(Object.entries(PHRASES).map(([theirs, ours]) => [theirs, t(ours)])),
      ),
    [t],
  );
}
