import { useInfiniteQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Trouble } from "../ui/Trouble";
import type { Answer, Ask, Row } from "./asks";
import { answerOf } from "./queries";
import { written } from "./values";

interface Props {
  first: Answer;
  /** Only these columns, in this order; all of them where there are none. */
  wanted: string[];
  label: string;
  more?: { project: string; ask: Extract<Ask, { type: "rows" }> };
}

/** Rows of a table, read on as far as one likes. */
export function TablePanel({ first, wanted, label, more }: Props) {
  const { t, i18n } = useTranslation();
  const found = useInfiniteQuery({
    queryKey: ["answers", "pages", more],
    enabled: false,
    initialData: { pages: [first], pageParams: [""] },
    initialPageParam: "",
    queryFn: ({ pageParam }) => {
      if (!more) return first;
      const question = { ...more.ask.question, cursor: pageParam };
      return answerOf(more.project, { type: "rows", question });
    },
    getNextPageParam: (page) => page.next,
  });
  const rows = found.data.pages.flatMap((page) => page.rows);
  const columns = wanted.length > 0 ? wanted : columnsOf(rows);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by key
    <section className="figures" tabIndex={0} aria-label={label}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("panels.id")}</th>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${typeof row.id}:${row.id}`}>
              <td>{row.id}</td>
              {columns.map((column) => (
                <td key={column} className={typeof row.values[column] === "number" ? "number" : ""}>
                  {written(row.values[column], i18n.language)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <Trouble error={found.error} />
      {more && found.hasNextPage && (
        <Button size="small" loading={found.isFetchingNextPage} onClick={() => found.fetchNextPage()}>
          {t("projects.more")}
        </Button>
      )}
    </section>
  );
}

function columnsOf(rows: Row[]): string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row.values)))];
}
