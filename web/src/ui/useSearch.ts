import { useSearchParams } from "react-router";

/** What the address says now: a page that is still to be drawn may know an older one. */
export const said = (): URLSearchParams => new URLSearchParams(window.location.search);

type Say<Name extends string> = (part: Partial<Record<Name, string>>) => void;

/** The address of the page behind its question mark, and how to have it say something else; empty says nothing. */
export function useSaid<Name extends string = string>(): [URLSearchParams, Say<Name>] {
  const [parameters, setParameters] = useSearchParams();
  const say: Say<Name> = (part) =>
    setParameters(
      () => {
        const next = said();
        for (const [name, value] of Object.entries(part) as [Name, string][]) {
          if (value) next.set(name, value);
          else next.delete(name);
        }
        return next;
      },
      { replace: true },
    );
  return [parameters, say];
}

/** The same, for a page that has just these names. */
export function useSearch<Name extends string>(...names: Name[]): [Record<Name, string>, Say<Name>] {
  const [parameters, say] = useSaid<Name>();
  const values = Object.fromEntries(names.map((name) => [name, parameters.get(name) ?? ""])) as Record<
    Name,
    string
  >;
  return [values, say];
}
