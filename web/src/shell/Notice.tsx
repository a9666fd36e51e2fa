import type { ReactNode } from "react";

interface Props {
  title: string;
  children: ReactNode;
  actions: ReactNode;
  part?: boolean;
}

/** Stands in the place of a page that is not shown, or of a part of one. */
export function Notice({ title, children, actions, part = false }: Props) {
  return (
    <section className={part ? "notice part" : "notice"}>
      {part || <title>{title}</title>}
      {part ? <h2>{title}</h2> : <h1>{title}</h1>}
      {children}
      <div className="buttons">{actions}</div>
    </section>
  );
}
