import { useSearchParams } from "react-router";

/** What the address of the page says behind its question mark, and how to have it say something else. */
export function useSearch<Name extends string>(
  ...names: Name[]
): [Record<Name, string>, (part: Partial<Record<Name, string>>) => void] {
  const [parameters, setParameters] = useSearchParams();
  const said = Object.fromEntries(names.map((name) => [name, parameters.get(name) ?? ""])) as Record<
    Name,
    string
  >;
  const say = (part: Partial<Record<Name, string>>): void =>
    setParameters(
      (present) => {
        const next = new URLSearchParams(present);
        for (const [name, value] of Object.entries(part) as [Name, string][]) {
          if (value) next.set(name, value);
          else next.delete(name);
        }
        return next;
      },
      { replace: true },
    );
  return [said, say];
}
