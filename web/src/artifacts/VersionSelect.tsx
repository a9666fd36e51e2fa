import { Select } from "antd";
import { useTranslation } from "react-i18next";
import { useList } from "../api/lists";
import { relative } from "../i18n/times";
import { type Kind, ownTags, short } from "./kinds";
import { historyQuery } from "./queries";

interface Props {
  of: { kind: Kind; project: string; name: string };
  label: string;
  value: string;
  choose: (version: string) => void;
}

/** Chooses one version of a name. */
export default function VersionSelect({ of: { kind, project, name }, label, value, choose }: Props) {
  const { i18n } = useTranslation();
  const { items, found } = useList(historyQuery(kind, project, name, false));
  const meant = items.find(({ version, tags }) => version.startsWith(value) || tags.includes(value));
  const options = items.map((each) => ({
    value: each.version,
    title: each.message,
    label: [
      `v${each.seq}`,
      short(each.version),
      ...ownTags(each),
      relative(each.created_at, i18n.language),
    ].join(" · "),
  }));
  return (
    <Select
      className="version"
      showSearch={{ optionFilterProp: "label" }}
      aria-label={label}
      prefix={<span className="faint">{label}</span>}
      options={options}
      value={value ? (meant?.version ?? value) : null}
      onChange={choose}
      onPopupScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
        if (scrollTop + clientHeight > scrollHeight - 60 && found.hasNextPage && !found.isFetchingNextPage)
          void found.fetchNextPage();
      }}
    />
  );
}
