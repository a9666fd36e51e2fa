import { useEffect, useState } from "react";
import { useAddress } from "../ui/useSearch";
import { sayTyped, typedIn } from "./address";
import type { Input } from "./spec";
import type { Typed } from "./values";

/** Browsers bear no new address with each letter. */
const REST = 300;

/** What is typed into the form of a function; the address follows. */
export function useTyped(inputs: Input[]): [Typed, (part: Typed) => void] {
  const [parameters, change] = useAddress();
  const [typed, setTyped] = useState(() => typedIn(parameters, inputs));
  const [begun] = useState(typed);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever something else is typed
  useEffect(() => {
    if (typed === begun) return;
    const waiting = setTimeout(() => change((now) => sayTyped(now, inputs, typed)), REST);
    return () => clearTimeout(waiting);
  }, [typed]);
  return [typed, (part) => setTyped((old) => ({ ...old, ...part }))];
}
