import { MergeView, unifiedMergeView } from "@codemirror/merge";
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useEffect, useRef, useState } from "react";
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
const NARROW = "(max-width: 900px)";

/** Two texts beside each other with what differs marked; one below the other where there is no room. */
export default function SideBySide({ before, after, language, labels }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const [narrow, setNarrow] = useState(() => matchMedia(NARROW).matches);
  useEffect(() => {
    const media = matchMedia(NARROW);
    const look = (): void => setNarrow(media.matches);
    media.addEventListener("change", look);
    return () => media.removeEventListener("change", look);
  }, []);
  const [one, other] = [labels.before, labels.after];
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
              unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged: COLLAPSED }),
            ],
          }),
        })
      : new MergeView({
          parent,
          a: { doc: before, extensions: reading(language, one) },
          b: { doc: after, extensions: reading(language, other) },
          collapseUnchanged: COLLAPSED,
          gutter: true,
        });
    return () => view.destroy();
  }, [before, after, language, one, other, narrow]);
  return <div ref={place} className="code merged" />;
}
