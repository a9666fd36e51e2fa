import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

/** Where a page lies, from the outermost inwards; the last is the page itself. */
export function Breadcrumb({ items }: { items: { title: ReactNode }[] }) {
  const { t } = useTranslation();
  return (
    <nav aria-label={t("app.where")} className="breadcrumb">
      <ol>
        {items.map(({ title }, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: where it stands is what it is
          <li key={place} aria-current={place === items.length - 1 ? "page" : undefined}>
            {title}
          </li>
        ))}
      </ol>
    </nav>
  );
}
