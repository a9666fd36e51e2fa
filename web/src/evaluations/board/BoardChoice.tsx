import { SettingOutlined } from "@ant-design/icons";
import { Button, Select } from "antd";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { Scene } from "../../shell/Scene";
import type { Choice } from "./choice";
import { type Document, preferBoard, removeBoard, renameBoard, unpreferBoard } from "./queries";

const Manage = lazy(() => import("../../saved/Manage"));

interface Props {
  project: string;
  boards: Document[];
  shipped: boolean;
  choice: Choice;
  choose: (board: string) => void;
  writes: boolean;
  /** While a board is arranged there is no other. */
  busy: boolean;
}

/** Which board is shown, and what can be done with those that are kept. */
export function BoardChoice({ project, boards, shipped, choice, choose, writes, busy }: Props) {
  const { t } = useTranslation();
  const [managing, setManaging] = useState(false);
  const options = [
    { value: "auto", label: t("panels.board.auto") },
    ...(shipped ? [{ value: "model", label: t("panels.board.shipped") }] : []),
    ...boards.map(({ id, name, preferred }) => ({
      value: String(id),
      label: preferred ? t("panels.board.isDefault", { name }) : name,
    })),
  ];
  return (
    <>
      <Select
        className="board-choice"
        aria-label={t("panels.board.choice")}
        value={String(choice)}
        options={options}
        disabled={busy}
        onChange={choose}
      />
      {writes && boards.length > 0 && !busy && (
        <Button
          icon={<SettingOutlined aria-hidden />}
          aria-label={t("panels.board.manage")}
          title={t("panels.board.manage")}
          onClick={() => setManaging(true)}
        />
      )}
      <Scene waiting={null}>
        {managing && (
          <Manage
            title={t("panels.board.manage")}
            none={t("panels.board.none")}
            saved={boards}
            writes={writes}
            acts={{
              rename: (id, etag, name) => renameBoard(project, id, etag, name),
              prefer: (id, wanted) => (wanted ? preferBoard : unpreferBoard)(project, id),
              remove: (id) => removeBoard(project, id),
            }}
            asked={["boards", project]}
            gone={(removed) => removed === choice && choose("auto")}
            close={() => setManaging(false)}
          />
        )}
      </Scene>
    </>
  );
}
