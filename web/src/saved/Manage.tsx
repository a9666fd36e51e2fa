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
import type { components } from "../api/schema";
import { relative } from "../i18n/times";
import { Trouble } from "../ui/Trouble";

type Saved = components["schemas"]["Document"];

/** What is done with one of them; each asks the server. */
interface Acts {
  rename: (number: number, etag: string, name: string) => Promise<unknown>;
  prefer: (number: number, wanted: boolean) => Promise<unknown>;
  remove: (number: number) => Promise<unknown>;
}

interface Props {
  title: string;
  /** Said where there are none. */
  none: string;
  saved: readonly Saved[];
  writes: boolean;
  acts: Acts;
  /** What is asked again after each. */
  asked: readonly unknown[];
  /** Those that somebody does not want to see in his list, where there is such a thing. */
  hiding?: { hidden: ReadonlySet<number>; hide: (number: number, away: boolean) => void };
  gone: (number: number) => void;
  close: () => void;
}

/** All views or boards that people have saved: renamed, made the default, hidden, deleted. */
export default function Manage({ title, none, saved, writes, acts, asked, hiding, gone, close }: Props) {
  const { t, i18n } = useTranslation();
  const asking = useQueryClient();
  const acting = useMutation({
    mutationFn: (act: () => Promise<unknown>) => act(),
    onSettled: () => asking.invalidateQueries({ queryKey: asked }),
  });
  const [editing, setEditing] = useState(0);
  const rename = ({ id, name, revision }: Saved, next: string): void => {
    if (editing !== id) return;
    setEditing(0);
    const wanted = next.trim();
    if (wanted && wanted !== name) acting.mutate(() => acts.rename(id, `"${revision}"`, wanted));
  };
  const remove = ({ id }: Saved): void =>
    acting.mutate(async () => {
      await acts.remove(id);
      gone(id);
    });
  return (
    <Modal open title={title} footer={null} onCancel={close}>
      <Trouble error={acting.error} own={{ conflict: t("saved.taken") }} />
      {saved.length === 0 && <Empty description={none} />}
      <ul className="lines">
        {saved.map((each) => {
          const { id, name, preferred, changed_by: who, changed_at: at } = each;
          const away = hiding?.hidden.has(id) ?? false;
          return (
            <li key={id}>
              <div className="what">
                {editing === id ? (
                  <Input
                    autoFocus
                    size="small"
                    maxLength={200}
                    defaultValue={name}
                    aria-label={t("saved.name")}
                    onPressEnter={({ currentTarget }) => rename(each, currentTarget.value)}
                    onBlur={({ target }) => rename(each, target.value)}
                    onKeyDown={(event) => {
                      if (event.key !== "Escape") return;
                      event.stopPropagation();
                      setEditing(0);
                    }}
                  />
                ) : (
                  <span>{name}</span>
                )}
                <div className="faint">{t("saved.by", { who, when: relative(at, i18n.language) })}</div>
              </div>
              {writes && (
                <Button
                  type="text"
                  icon={<EditOutlined aria-hidden />}
                  aria-label={t("saved.rename", { name })}
                  onClick={() => setEditing(id)}
                />
              )}
              {writes && (
                <Button
                  type="text"
                  icon={preferred ? <StarFilled aria-hidden /> : <StarOutlined aria-hidden />}
                  aria-pressed={preferred}
                  aria-label={t("saved.prefer", { name })}
                  title={t(preferred ? "saved.unpreferHint" : "saved.preferHint")}
                  onClick={() => acting.mutate(() => acts.prefer(id, !preferred))}
                />
              )}
              {hiding && (
                <Button
                  type="text"
                  icon={away ? <EyeInvisibleOutlined aria-hidden /> : <EyeOutlined aria-hidden />}
                  aria-pressed={away}
                  aria-label={t("saved.hide", { name })}
                  title={t("saved.hideHint")}
                  onClick={() => hiding.hide(id, !away)}
                />
              )}
              {writes && (
                <Popconfirm
                  title={t("saved.removeSure", { name })}
                  okText={t("saved.remove")}
                  okButtonProps={{ danger: true }}
                  cancelText={t("app.cancel")}
                  onConfirm={() => remove(each)}
                >
                  <Button
                    type="text"
                    danger
                    icon={<DeleteOutlined aria-hidden />}
                    aria-label={t("saved.removeOne", { name })}
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
