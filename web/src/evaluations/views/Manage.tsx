import {
  DeleteOutlined,
  EditOutlined,
  EyeInvisibleOutlined,
  EyeOutlined,
  StarFilled,
  StarOutlined,
} from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Empty, Input, Modal, Popconfirm } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { relative } from "../../i18n/times";
import { Trouble } from "../../ui/Trouble";
import { changeView, preferView, removeView, type View } from "../queries";

interface Props {
  project: string;
  views: readonly View[];
  writes: boolean;
  hidden: ReadonlySet<number>;
  hide: (number: number, away: boolean) => void;
  gone: (number: number) => void;
  close: () => void;
}

/** All views: renamed, made the default, hidden, deleted. */
export default function Manage({ project, views, writes, hidden, hide, gone, close }: Props) {
  const { t, i18n } = useTranslation();
  const asking = useQueryClient();
  const acting = useMutation({
    mutationFn: (act: () => Promise<unknown>) => act(),
    onSettled: () => asking.invalidateQueries({ queryKey: ["views", project] }),
  });
  const [editing, setEditing] = useState(0);
  const rename = ({ id, name, revision }: View, next: string): void => {
    if (editing !== id) return;
    setEditing(0);
    const wanted = next.trim();
    if (wanted && wanted !== name)
      acting.mutate(() => changeView(project, id, `"${revision}"`, { name: wanted }));
  };
  const remove = ({ id }: View): void =>
    acting.mutate(async () => {
      await removeView(project, id);
      gone(id);
    });
  return (
    <Modal open title={t("evaluations.views.manage")} footer={null} onCancel={close}>
      <Trouble error={acting.error} own={{ conflict: t("evaluations.views.taken") }} />
      {views.length === 0 && <Empty description={t("evaluations.views.none")} />}
      <ul className="lines">
        {views.map((view) => {
          const { id, name, preferred, changed_by: who, changed_at: at } = view;
          const away = hidden.has(id);
          return (
            <li key={id}>
              <div className="what">
                {editing === id ? (
                  <Input
                    autoFocus
                    size="small"
                    maxLength={200}
                    defaultValue={name}
                    aria-label={t("evaluations.views.name")}
                    onPressEnter={({ currentTarget }) => rename(view, currentTarget.value)}
                    onBlur={({ target }) => rename(view, target.value)}
                    onKeyDown={(event) => {
                      if (event.key !== "Escape") return;
                      event.stopPropagation();
                      setEditing(0);
                    }}
                  />
                ) : (
                  <span>{name}</span>
                )}
                <div className="faint">
                  {t("evaluations.views.by", { who, when: relative(at, i18n.language) })}
                </div>
              </div>
              {writes && (
                <Button
                  type="text"
                  icon={<EditOutlined aria-hidden />}
                  aria-label={t("evaluations.views.rename", { name })}
                  onClick={() => setEditing(id)}
                />
              )}
              {writes && (
                <Button
                  type="text"
                  icon={preferred ? <StarFilled aria-hidden /> : <StarOutlined aria-hidden />}
                  aria-pressed={preferred}
                  disabled={preferred}
                  aria-label={t("evaluations.views.prefer", { name })}
                  title={t("evaluations.views.preferHint")}
                  onClick={() => acting.mutate(() => preferView(project, id))}
                />
              )}
              <Button
                type="text"
                icon={away ? <EyeInvisibleOutlined aria-hidden /> : <EyeOutlined aria-hidden />}
                aria-pressed={away}
                aria-label={t("evaluations.views.hide", { name })}
                title={t("evaluations.views.hideHint")}
                onClick={() => hide(id, !away)}
              />
              {writes && (
                <Popconfirm
                  title={t("evaluations.views.removeSure", { name })}
                  okText={t("evaluations.views.remove")}
                  okButtonProps={{ danger: true }}
                  cancelText={t("app.cancel")}
                  onConfirm={() => remove(view)}
                >
                  <Button
                    type="text"
                    danger
                    icon={<DeleteOutlined aria-hidden />}
                    aria-label={t("evaluations.views.removeOne", { name })}
                  />
                </Popconfirm>
              )}
            </li>
          );
        })}
      </ul>
    </Modal>
  );
}
