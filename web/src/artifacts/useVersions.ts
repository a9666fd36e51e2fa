import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { type UIEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { relative } from "../i18n/times";
import { type Kind, ownTags, short, type Version } from "./kinds";
import { historyQuery, versionQuery } from "./queries";
import { wantedBy } from "./wanted";

interface Named {
  kind: Kind;
  project: string;
  /** Empty as long as none is chosen. */
  name: string;
}

/** Pixels from the end of a list at which more of it is asked for. */
const NEAR = 60;

/**
 * All versions of a name to choose from, the newest first, as a select takes them. They come page by page; one that is
 * still to come is found by its number, a tag or the beginning of its id all the same.
 */
export function useVersions({ kind, project, name }: Named) {
  const { i18n } = useTranslation();
  const [typed, setTyped] = useState("");
  const [met, meet] = useState<{ of: string; version: Version }[]>([]);
  const listed = useInfiniteQuery({ ...historyQuery(kind, project, name, false), enabled: name !== "" });
  const pages = listed.data?.pages.flatMap(({ items }) => items) ?? [];
  // What was found by its number stays known: it may be the one that was chosen.
  const of = `${kind} ${project} ${name}`;
  const more = met.filter((each) => each.of === of).map(({ version }) => version);
  const here = [...pages, ...more.filter(({ version }) => !has(pages, version))];
  const wanted = wantedBy(typed, here);
  const asked = useQuery({
    ...versionQuery(kind, project, name, wanted.ask),
    enabled: name !== "" && wanted.ask !== "" && listed.hasNextPage,
    retry: false,
  });
  const named = wanted.ask === "" ? undefined : asked.data;
  if (named && !has(here, named.version)) meet([...met, { of, version: named }]);
  // What is called just so comes first.
  const found = wanted.found.filter(({ version }) => version !== named?.version);
  const options = [...(named ? [named] : []), ...found].map((each) => ({
    value: each.version,
    title: each.message,
    label: labelOf(each, i18n.language),
  }));
  return {
    versions: here,
    select: {
      showSearch: { filterOption: false as const, searchValue: typed, onSearch: setTyped },
      options,
      loading: listed.isFetching || asked.isFetching,
      onOpenChange: () => setTyped(""),
      onPopupScroll: ({ currentTarget: box }: UIEvent<HTMLElement>) => {
        const near = box.scrollTop + box.clientHeight > box.scrollHeight - NEAR;
        if (near && listed.hasNextPage && !listed.isFetchingNextPage) void listed.fetchNextPage();
      },
    },
  };
}

const has = (versions: readonly Version[], id: string): boolean =>
  versions.some(({ version }) => version === id);

function labelOf(version: Version, language: string): string {
  const { seq, version: id, created_at: at } = version;
  return [`v${seq}`, short(id), ...ownTags(version), relative(at, language)].join(" · ");
}
