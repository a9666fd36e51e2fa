import { MergeView, unifiedMergeView } from "@codemirror/merge";
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useMedia } from "../../ui/useMedia";
import type { Language } from "../files/shown";
import { reading } from "./reading";

interface Props {
  before: string;
  after: string;
  language: Language | undefined;
  /** What is read aloud for either side. */
  labels: { before: string; after: string };
}

const COLLAPSED = { margin: 3, minSize: 6 };

/** What the editor has words for by itself, in English. */
const COLLAPSED_WORDS = "$ unchanged lines";

/** Two texts beside each other with what differs marked; one below the other where there is no room. */
export default function SideBySide({ before, after, language, labels }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const narrow = useMedia("(max-width: 900px)");
  const [one, other] = [labels.before, labels.after];
  const same = useTranslation().t("artifacts.diff.sameLines");
  useEffect(() => {
    const parent = place.current;
    if (!parent) return;
    const words = EditorState.phrases.of({ [COLLAPSED_WORDS]: same });
    const view = narrow
      ? new EditorView({
          parent,
          state: EditorState.create({
            doc: after,
            extensions: [
              ...reading(language, other),
              words,
              unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged: COLLAPSED }),
            ],
          }),
        })
      : new MergeView({
          parent,
          a: { doc: before, extensions: [...reading(language, one), words] },
          b: { doc: after, extensions: [...reading(language, other), words] },
          collapseUnchanged: COLLAPSED,
          gutter: true,
        });
    return () => view.destroy();
  }, [before, after, language, one, other, same, narrow]);
  return <div ref={place} className="code merged" />;
}
