import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Grid, type GridColumn, type RowSource, type SortBy } from "../grid";
import { Media } from "../media/Media";
import type { Answer, Ask, Row } from "./asks";
import { columnsOf } from "./drawn";
import { answerOf } from "./queries";
import { useReading } from "./reading";
import { figure } from "./values";

// Columns that are logged have no blank before their names.
const KEY = " id";
const HIGH = 64;

interface Props {
  first: Answer;
  /** Only these columns, in this order; all of them where there are none. */
  wanted: string[];
  label: string;
  /** Where further rows come from; nowhere for what is frozen. */
  more?: { project: string; ask: Extract<Ask, { type: "rows" }> };
}

/** Rows of a table, with their media; they come as one scrolls. */
export function TablePanel({ first, wanted, label, more }: Props) {
  const { t, i18n } = useTranslation();
  const { language } = i18n;
  const [{ sort: wished, layout }, read] = useReading();
  // What is frozen is not sorted anew, and an address may name what is not there.
  const sort = useMemo(() => {
    const known = new Set(wanted.length > 0 ? wanted : columnsOf(first.rows));
    return more ? wished.filter(({ key }) => known.has(key)) : [];
  }, [wanted, first, more, wished]);
  const { rows, source } = usePages(first, sort, more);
  const names = wanted.length > 0 ? wanted.join("\n") : columnsOf(rows).join("\n");
  const few = rows.every((row) => Object.values(row.values).every((value) => typeof value !== "object"));
  const numeric = names.split("\n").filter((name) => typeof rows[0]?.values[name] === "number");
  const numbers = numeric.join("\n");
  const sortable = more !== undefined;
  const columns = useMemo(() => {
    const cell = (column: string): GridColumn<Row> => ({
      key: column,
      title: column,
      width: 150,
      sortable,
      align: numbers.split("\n").includes(column) ? "right" : "left",
      render: ({ values }) => {
        const value = values[column];
        if (typeof value === "number") return <span title={String(value)}>{figure(value, language)}</span>;
        return <Media value={value} row={values} column={column} />;
      },
    });
    const key: GridColumn<Row> = {
      key: KEY,
      title: t("panels.id"),
      width: 110,
      pinned: true,
      render: ({ id }) => String(id),
      copied: ({ id }) => String(id),
    };
    return [key, ...names.split("\n").filter(Boolean).map(cell)];
  }, [names, numbers, sortable, language, t]);
  return (
    <Grid
      label={label}
      columns={columns}
      rows={source}
      keyOf={({ id }) => `${typeof id}:${id}`}
      sort={sort}
      onSort={(next) => read({ sort: next })}
      layout={layout}
      onLayout={(next) => read({ layout: next })}
      rowHeight={few ? 34 : HIGH}
      height="100%"
      empty={t("panels.nothing")}
    />
  );
}

function usePages(
  first: Answer,
  sort: readonly SortBy[],
  more: Props["more"],
): { rows: Row[]; source: RowSource<Row> } {
  const order = sort.map(({ key, descending }) => ({ column: key === KEY ? "id" : key, descending }));
  const plain = order.length === 0;
  const found = useInfiniteQuery({
    queryKey: ["answers", "pages", more, order],
    enabled: more !== undefined,
    ...(plain && { initialData: { pages: [first], pageParams: [""] } }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    initialPageParam: "",
    queryFn: ({ pageParam }) =>
      more
        ? answerOf(more.project, {
            type: "rows",
            question: { ...more.ask.question, cursor: pageParam, ...(!plain && { order }) },
          })
        : first,
    getNextPageParam: (page) => page.next,
  });
  const { data, error, hasNextPage, isFetching, fetchNextPage } = found;
  return useMemo(() => {
    const rows = (data?.pages ?? [first]).flatMap((page) => page.rows);
    const further = more !== undefined && hasNextPage;
    const source: RowSource<Row> = {
      // One more than is known, which shows that there are more.
      total: rows.length + (further ? 1 : 0),
      at: (index) => rows[index],
      want: (_, last) => {
        if (further && !isFetching && last >= rows.length) void fetchNextPage();
      },
      ...(error && { error }),
    };
    return { rows, source };
  }, [data, first, more, error, hasNextPage, isFetching, fetchNextPage]);
}
