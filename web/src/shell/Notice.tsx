import type { ReactNode } from "react";

interface Props {
  title: string;
  children: ReactNode;
  actions: ReactNode;
}

/** Stands in the place of a page that is not shown. */
export function Notice({ title, children, actions }: Props) {
  return (
    <section className="notice">
      <title>{title}</title>
      <h1>{title}</h1>
      {children}
      <div className="buttons">{actions}</div>
    </section>
  );
}
