import { useState } from "react";
import { remembered } from "../../shell/memory";

/** Views of a project that somebody does not want to see in his list; kept in his browser. */
export function useHidden(project: string): [ReadonlySet<number>, (number: number, hide: boolean) => void] {
  const memory = remembered<string>(`views.${project}`, (text) => text);
  const [hidden, setHidden] = useState<ReadonlySet<number>>(
    () => new Set((memory.read() ?? "").split(",").filter(Boolean).map(Number)),
  );
  const hide = (number: number, away: boolean): void => {
    const next = new Set(hidden);
    if (away) next.add(number);
    else next.delete(number);
    memory.write([...next].join(","));
    setHidden(next);
  };
  return [hidden, hide];
}
