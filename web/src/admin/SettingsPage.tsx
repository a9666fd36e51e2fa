import { useSuspenseQuery } from "@tanstack/react-query";
import { Empty } from "antd";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { api, ok } from "../api/client";
import type { components } from "../api/schema";
import { CopyButton } from "../ui/Copyable";
import { SearchInput } from "../ui/SearchInput";
import { Tag } from "../ui/Tag";
import { useSearch } from "../ui/useSearch";
import { AdminFrame } from "./AdminFrame";
import meanings from "./words/meaningsEn";

type Setting = components["schemas"]["Setting"];

const NAMES = Object.keys(meanings) as (keyof typeof meanings)[];

export default function SettingsPage() {
  return (
    <AdminFrame room="settings">
      <Settings />
    </AdminFrame>
  );
}

function Settings() {
  const { t } = useTranslation();
  const [{ search }, say] = useSearch("search");
  const { data } = useSuspenseQuery({
    queryKey: ["system", "settings"],
    queryFn: () => ok(api.GET("/api/v1/system/settings")),
  });
  const wanted = search.toLowerCase();
  const items = data.items
    .map((each) => ({ ...each, ...meant(t, each) }))
    .filter((each) => `${each.name} ${each.meaning}`.toLowerCase().includes(wanted));
  return (
    <section className="panel" aria-label={t("admin.rooms.settings")}>
      <p className="faint quiet">
        {data.file ? t("admin.settings.file", { file: data.file }) : t("admin.settings.noFile")}{" "}
        {t("admin.settings.text")}
      </p>
      <div className="tools">
        <SearchInput
          label={t("admin.settings.search")}
          search={search}
          show={(typed) => say({ search: typed })}
        />
      </div>
      {items.length === 0 ? (
        <Empty
          image={Empty.PRESENTED_IMAGE_SIMPLE}
          description={<strong>{t("admin.settings.none", { search })}</strong>}
        />
      ) : (
        <ul className="lines settings">
          {items.map((each) => (
            <Line key={each.name} setting={each} />
          ))}
        </ul>
      )}
    </section>
  );
}

/** What a setting means, in the language of the page; as the server says it where we have no words. */
function meant(t: TFunction, { name, meaning }: Setting): { meaning: string; english: boolean } {
  const known = NAMES.find((each) => each === name);
  return known
    ? { meaning: t(`admin.settings.meanings.${known}`), english: false }
    : { meaning, english: true };
}

interface LineProps {
  setting: Setting & { english: boolean };
}

function Line({ setting: { name, value, origin, meaning, english } }: LineProps) {
  const { t } = useTranslation();
  const builtIn = origin === "built in";
  const text = textOf(value);
  return (
    <li>
      <div className="what">
        <code>{name}</code>
        <div className="faint" {...(english && { lang: "en" })}>
          {meaning}
        </div>
      </div>
      <div className="value">
        {text ? <code>{text}</code> : <span className="faint">{t("admin.settings.empty")}</span>}
      </div>
      <div className="origin">
        {builtIn ? (
          <Tag>{t("admin.settings.builtIn")}</Tag>
        ) : (
          <>
            <Tag tone="info">{origin}</Tag>
            <CopyButton text={origin} label={t("admin.settings.copyOrigin", { name })} />
          </>
        )}
      </div>
    </li>
  );
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(textOf).join(", ");
  if (typeof value === "object")
    return Object.entries(value)
      .map(([name, each]) => `${name}=${textOf(each)}`)
      .join(", ");
  return String(value);
}
