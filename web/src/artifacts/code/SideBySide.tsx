import { MergeView, unifiedMergeView } from "@codemirror/merge";
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { useMedia } from "../../ui/useMedia";
import type { Language } from "../files/shown";
import { usePhrases } from "./phrases";
import { reading } from "./reading";

interface Props {
  before: string;
  after: string;
  language: Language | undefined;
  /** What is read aloud for either side. */
  labels: { before: string; after: string };
}

const COLLAPSED = { margin: 3, minSize: 6 };

/** Two texts beside each other with what differs marked; one below the other where there is no room. */
export default function SideBySide({ before, after, language, labels }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const narrow = useMedia("(max-width: 900px)");
  const [one, other] = [labels.before, labels.after];
  const phrases = usePhrases();
  useEffect(() => {
    const parent = place.current;
    if (!parent) return;
    const view = narrow
      ? new EditorView({
          parent,
          state: EditorState.create({
            doc: after,
            extensions: [
              ...reading(language, other),
              phrases,
              unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged: COLLAPSED }),
            ],
          }),
        })
      : new MergeView({
          parent,
          a: { doc: before, extensions: [...reading(language, one), phrases] },
          b: { doc: after, extensions: [...reading(language, other), phrases] },
          collapseUnchanged: COLLAPSED,
          gutter: true,
        });
    return () => view.destroy();
  }, [before, after, language, one, other, phrases, narrow]);
  return <div ref={place} className="code merged" />;
}
