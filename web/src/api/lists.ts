import {
  type QueryKey,
  type UseSuspenseInfiniteQueryOptions,
  useSuspenseInfiniteQuery,
} from "@tanstack/react-query";

/** One page of a list, as every list of the server comes. */
export interface Listed<Item> {
  items: Item[];
  total: number;
  next?: string | null;
}

type Ask<Item> = (cursor: string) => Promise<Listed<Item>>;

/** How to ask for a list, page by page. */
export function list<Item>(queryKey: QueryKey, ask: Ask<Item>) {
  return {
    queryKey,
    initialPageParam: "",
    queryFn: ({ pageParam }) => ask(pageParam),
    getNextPageParam: (page) => page.next,
  } satisfies UseSuspenseInfiniteQueryOptions<Listed<Item>, Error, unknown, QueryKey, string>;
}

/** What of a list has come, and how to have more of it; `pace` is in milliseconds from one look for news to the next. */
export function useList<Item>(
  asked: ReturnType<typeof list<Item>>,
  pace: (items: Item[]) => number | false = () => false,
) {
  const found = useSuspenseInfiniteQuery({
    ...asked,
    refetchInterval: ({ state }) => pace(state.data?.pages.flatMap((page) => page.items) ?? []),
  });
  const items = found.data.pages.flatMap((page) => page.items);
  return { found, items, total: found.data.pages[0]?.total ?? 0 };
}
