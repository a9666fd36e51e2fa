import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useEffect, useRef } from "react";
import type { Language } from "../files/shown";
import { usePhrases } from "./phrases";
import { reading } from "./reading";

interface Props {
  text: string;
  language: Language | undefined;
  /** What is read aloud for it. */
  label: string;
}

/** A text to be read, with its language coloured. */
export default function Code({ text, language, label }: Props) {
  const phrases = usePhrases();
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!place.current) return;
    const view = new EditorView({
      parent: place.current,
      state: EditorState.create({ doc: text, extensions: [reading(language, label), phrases] }),
    });
    return () => view.destroy();
  }, [text, language, label, phrases]);
  return <div ref={place} className="code" />;
}
