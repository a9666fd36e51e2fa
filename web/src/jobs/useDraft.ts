import { useState } from "react";
import { useUnsavedWarning } from "../ui/unsaved";
import type { Job } from "./queries";

/** A comment that is being written: it outlives a look into another tab, and nobody leaves it behind unasked. */
export function useDraft(job: Job): {
  draft: string | undefined;
  setDraft: (text: string | undefined) => void;
} {
  const [draft, setDraft] = useState<string>();
  useUnsavedWarning((draft ?? job.comment) !== job.comment);
  return { draft, setDraft };
}
