import { DeleteOutlined, StarFilled, StarOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Popconfirm, Select } from "antd";
import { useTranslation } from "react-i18next";
import { useMessages } from "../../shell/messages";
import { useExplained } from "../../ui/Trouble";
import type { Choice } from "./choice";
import { type Document, preferBoard, removeBoard } from "./queries";

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

/** Which board is shown. */
export function BoardChoice({ project, boards, shipped, choice, choose, writes, busy }: Props) {
  const { t } = useTranslation();
  const message = useMessages();
  const explained = useExplained();
  const asking = useQueryClient();
  const common = {
    onSuccess: () => asking.invalidateQueries({ queryKey: ["boards", project] }),
    onError: (error: unknown) => message.error(explained(error).title),
  };
  const preferring = useMutation({ mutationFn: (number: number) => preferBoard(project, number), ...common });
  const removing = useMutation({
    mutationFn: (number: number) => removeBoard(project, number),
    ...common,
    onMutate: () => choose("auto"),
  });
  const chosen = boards.find(({ id }) => id === choice);
  const options = [
    { value: "auto", label: t("panels.board.auto") },
    ...(shipped ? [{ value: "model", label: t("panels.board.shipped") }] : []),
    ...boards.map(({ id, name, preferred }) => ({
      value: String(id),
      label: preferred ? `${name} ★` : name,
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
      {writes && chosen && !busy && (
        <>
          <Button
            icon={chosen.preferred ? <StarFilled aria-hidden /> : <StarOutlined aria-hidden />}
            aria-label={t("panels.board.prefer")}
            title={t("panels.board.prefer")}
            aria-pressed={chosen.preferred}
            loading={preferring.isPending}
            onClick={() => chosen.preferred || preferring.mutate(chosen.id)}
          />
          <Popconfirm
            title={t("panels.board.removeSure", { name: chosen.name })}
            okText={t("panels.board.remove")}
            okButtonProps={{ danger: true }}
            cancelText={t("app.cancel")}
            onConfirm={() => removing.mutate(chosen.id)}
          >
            <Button
              icon={<DeleteOutlined aria-hidden />}
              aria-label={t("panels.board.remove")}
              title={t("panels.board.remove")}
            />
          </Popconfirm>
        </>
      )}
    </>
  );
}
