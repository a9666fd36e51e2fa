import { DownOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, type MenuProps } from "antd";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { problemOf } from "../../api/fault";
import { useMessages } from "../../shell/messages";
import { Scene } from "../../shell/Scene";
import { Dropdown } from "../../ui/Dropdown";
import { useExplained } from "../../ui/Trouble";
import { changeView, type View, viewQuery } from "../queries";
import { kept, type Shown } from "../state";
import { useHidden } from "./hiding";

const Conflict = lazy(() => import("./Conflict"));
const Manage = lazy(() => import("./Manage"));
const SaveAs = lazy(() => import("./SaveAs"));

interface Props {
  project: string;
  views: readonly View[];
  /** The one that is shown, as it was when it was looked up; undefined for none. */
  current: { value: View; etag: string } | undefined;
  shown: Shown;
  /** What is shown is other than what the view keeps. */
  changed: boolean;
  writes: boolean;
  /** Show another one; 0 for none. */
  onView: (number: number) => void;
}

/** Which view is shown, the others, and what can be done with them. */
export function ViewMenu({ project, views, current, shown, changed, writes, onView }: Props) {
  const { t } = useTranslation();
  const message = useMessages();
  const explained = useExplained();
  const asking = useQueryClient();
  const [hidden, hide] = useHidden(project);
  const [open, setOpen] = useState<"" | "as" | "manage">("");
  const [theirs, setTheirs] = useState<{ value: View; etag: string } | null>(null);
  const number = current?.value.id ?? 0;
  const saving = useMutation({
    mutationFn: (etag: string) => changeView(project, number, etag, { content: kept(shown) }),
    onSuccess: (saved) => {
      asking.setQueryData(viewQuery(project, number).queryKey, saved);
      setTheirs(null);
      message.success(t("evaluations.views.saved", { name: saved.value.name }));
      onView(number);
    },
    onError: async (error) => {
      if (problemOf(error).status !== 412) message.error(explained(error).title);
      else setTheirs(await asking.fetchQuery({ ...viewQuery(project, number), staleTime: 0, retry: false }));
    },
  });
  const listed = views.filter(({ id }) => !hidden.has(id) || id === number);
  const items: MenuProps["items"] = [
    { key: "0", label: t("evaluations.views.plain") },
    ...listed.map(({ id, name, preferred }) => ({
      key: String(id),
      label: preferred ? t("evaluations.views.isDefault", { name }) : name,
    })),
    { type: "divider" },
    ...(writes ? [{ key: "as", label: t("evaluations.views.saveAs") }] : []),
    { key: "manage", label: t("evaluations.views.manage") },
  ];
  const choose: MenuProps["onClick"] = ({ key }) => {
    if (key === "as" || key === "manage") setOpen(key);
    else onView(Number(key));
  };
  return (
    <>
      <Dropdown
        trigger={["click"]}
        menu={{ items, onClick: choose, selectable: true, selectedKeys: [String(number)] }}
      >
        <Button className="view">
          <span className="name">{current?.value.name ?? t("evaluations.views.plain")}</span>
          {changed && <span className="tag info">{t("evaluations.views.changed")}</span>}
          <DownOutlined aria-hidden />
        </Button>
      </Dropdown>
      {writes && current && changed && (
        <Button loading={saving.isPending} onClick={() => saving.mutate(current.etag)}>
          {t("app.save")}
        </Button>
      )}
      {writes && !current && changed && (
        <Button onClick={() => setOpen("as")}>{t("evaluations.views.saveAs")}</Button>
      )}
      <Scene waiting={null}>
        {theirs && (
          <Conflict
            theirs={theirs.value}
            saving={saving.isPending}
            keep={() => saving.mutate(theirs.etag)}
            discard={() => {
              setTheirs(null);
              onView(number);
            }}
            close={() => setTheirs(null)}
          />
        )}
        {open === "as" && (
          <SaveAs project={project} shown={shown} close={() => setOpen("")} onView={onView} />
        )}
        {open === "manage" && (
          <Manage
            project={project}
            views={views}
            writes={writes}
            hidden={hidden}
            hide={hide}
            close={() => setOpen("")}
            gone={(removed) => removed === number && onView(0)}
          />
        )}
      </Scene>
    </>
  );
}
