import { DownOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, type MenuProps } from "antd";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { problemOf } from "../../api/fault";
import { useMessages } from "../../shell/messages";
import { Scene } from "../../shell/Scene";
import { Dropdown } from "../../ui/Dropdown";
import { useComplaint } from "../../ui/Trouble";
import { changeView, getView, preferView, removeView, unpreferView, type View, viewQuery } from "../queries";
import { alike, kept, type Shown } from "../state";
import { useHidden } from "./hiding";

const Conflict = lazy(() => import("./Conflict"));
const Manage = lazy(() => import("../../saved/Manage"));
const SaveAs = lazy(() => import("./SaveAs"));

interface Saved {
  value: View;
  etag: string;
}

/** How a view is to be from now on, if what is kept of it has this revision. */
interface Wanted {
  id: number;
  etag: string;
  mine: Shown;
}

interface Props {
  project: string;
  views: readonly View[];
  /** The one that is shown, as it was when it was looked up; undefined for none. */
  current: Saved | undefined;
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
  const complain = useComplaint();
  const asking = useQueryClient();
  const [hidden, hide] = useHidden(project);
  const [open, setOpen] = useState<"" | "as" | "manage">("");
  const [conflict, setConflict] = useState<Saved & { mine: Shown }>();
  const number = current?.value.id ?? 0;
  /** What is kept of a view now; it is shown as it is kept unless something was changed or chosen meanwhile. */
  const taken = (saved: Saved, mine = shown): void => {
    asking.setQueryData(viewQuery(project, saved.value.id).queryKey, saved);
    setConflict(undefined);
    if (saved.value.id === number && alike(mine, shown)) onView(number);
  };
  const saving = useMutation({
    mutationFn: ({ id, etag, mine }: Wanted) => changeView(project, id, etag, { content: kept(mine) }),
    onSuccess: (saved, { mine }) => {
      taken(saved, mine);
      message.success(t("evaluations.views.saved", { name: saved.value.name }));
    },
    onError: async (error, { id, mine }) => {
      const outdated = problemOf(error).status === 412;
      const theirs = outdated && (await getView(project, id).catch(() => undefined));
      // Where nobody can tell what it is now, saving once more looks again.
      if (theirs) setConflict({ ...theirs, mine });
      else complain(error);
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
        <Button
          loading={saving.isPending}
          onClick={() => saving.mutate({ id: number, etag: current.etag, mine: shown })}
        >
          {t("app.save")}
        </Button>
      )}
      {writes && !current && changed && (
        <Button onClick={() => setOpen("as")}>{t("evaluations.views.saveAs")}</Button>
      )}
      <Scene waiting={null}>
        {conflict && (
          <Conflict
            theirs={conflict.value}
            saving={saving.isPending}
            keep={() => saving.mutate({ id: conflict.value.id, etag: conflict.etag, mine: conflict.mine })}
            discard={() => taken(conflict)}
            close={() => setConflict(undefined)}
          />
        )}
        {open === "as" && (
          <SaveAs project={project} shown={shown} close={() => setOpen("")} onView={onView} />
        )}
        {open === "manage" && (
          <Manage
            title={t("evaluations.views.manage")}
            none={t("evaluations.views.none")}
            saved={views}
            writes={writes}
            acts={{
              rename: (id, etag, name) => changeView(project, id, etag, { name }),
              prefer: (id, wanted) => (wanted ? preferView : unpreferView)(project, id),
              remove: (id) => removeView(project, id),
            }}
            asked={["views", project]}
            hiding={{ hidden, hide }}
            close={() => setOpen("")}
            gone={(removed) => removed === number && onView(0)}
          />
        )}
      </Scene>
    </>
  );
}
