import type { Announcements, UniqueIdentifier } from "@dnd-kit/core";
import { useTranslation } from "react-i18next";
import type { Placed } from "./boards";

/** What is read aloud while a panel is moved. */
export function useSaid(board: Placed[]): {
  announcements: Announcements;
  screenReaderInstructions: { draggable: string };
} {
  const { t } = useTranslation();
  const number = (id: UniqueIdentifier | undefined): number => board.findIndex((each) => each.id === id) + 1;
  const announcements: Announcements = {
    onDragStart: ({ active }) => t("panels.lifted", { number: number(active.id) }),
    onDragOver: ({ over }) =>
      over ? t("panels.above", { number: number(over.id), total: board.length }) : undefined,
    onDragEnd: ({ over }) => (over ? t("panels.dropped", { number: number(over.id) }) : t("panels.back")),
    onDragCancel: () => t("panels.back"),
  };
  return { announcements, screenReaderInstructions: { draggable: t("panels.howToMove") } };
}
