import {
  closestCenter,
  DndContext,
  type DragEndEvent,
  KeyboardSensor,
  PointerSensor,
  useSensor,
  useSensors,
} from "@dnd-kit/core";
import { rectSortingStrategy, SortableContext, sortableKeyboardCoordinates } from "@dnd-kit/sortable";
import { Empty } from "antd";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { moved, type Placed } from "./boards";
import { PlacedPanel } from "./PlacedPanel";
import { useSaid } from "./useSaid";
import "./board.css";

interface Props {
  board: Placed[];
  project: string;
  job: string;
  /** Takes the board as somebody has arranged it; without it, it stays as it is. */
  change?: (board: Placed[]) => void;
  edit?: (placed: Placed) => void;
}

/** Panels beside and below each other. */
export function Board({ board, project, job, change, edit }: Props) {
  const { t } = useTranslation();
  const place = useRef<HTMLDivElement>(null);
  const said = useSaid(board);
  const sensors = useSensors(
    useSensor(PointerSensor, { activationConstraint: { distance: 4 } }),
    useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }),
  );
  const dropped = ({ active, over }: DragEndEvent): void => {
    if (over && change && active.id !== over.id) change(moved(board, String(active.id), String(over.id)));
  };
  if (board.length === 0)
    return (
      <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("panels.emptyBoard")} className="nothing" />
    );
  return (
    <DndContext sensors={sensors} collisionDetection={closestCenter} onDragEnd={dropped} accessibility={said}>
      <SortableContext items={board.map(({ id }) => id)} strategy={rectSortingStrategy} disabled={!change}>
        <div className={change ? "board arranging" : "board"} ref={place}>
          {board.map((placed) => (
            <PlacedPanel
              key={placed.id}
              {...{ placed, project, job, board, place }}
              {...(change && edit && { change, edit })}
            />
          ))}
        </div>
      </SortableContext>
    </DndContext>
  );
}
