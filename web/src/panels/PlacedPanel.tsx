import { CopyOutlined, DeleteOutlined, EditOutlined, HolderOutlined } from "@ant-design/icons";
import { useSortable } from "@dnd-kit/sortable";
import { Button } from "antd";
import { type CSSProperties, type RefObject, useId } from "react";
import { useTranslation } from "react-i18next";
import { duplicated, type Placed, removed, sized } from "./boards";
import { Conditions } from "./Conditions";
import { Panel } from "./Panel";
import { PanelNumber } from "./reading";
import { SizeHandle } from "./SizeHandle";
import { isHeading } from "./spec";
import { useTitle } from "./titles";

interface Props {
  placed: Placed;
  project: string;
  job: string;
  board: Placed[];
  place: RefObject<HTMLDivElement | null>;
  change?: (board: Placed[]) => void;
  edit?: (placed: Placed) => void;
}

/** One panel of a board: its title, what can be done to it, and what it shows. */
export function PlacedPanel({ placed, project, job, board, place, change, edit }: Props) {
  const { id, spec, width, height } = placed;
  const title = useTitle(spec);
  const heading = useId();
  const { setNodeRef, setActivatorNodeRef, attributes, listeners, transform, transition, isDragging } =
    useSortable({
      id,
      disabled: !change,
    });
  const style = {
    "--wide": width,
    "--high": height,
    // Only moved, never stretched to the size of the one whose place it may take.
    ...(transform && { transform: `translate3d(${transform.x}px, ${transform.y}px, 0)`, transition }),
  } as CSSProperties;
  return (
    <section
      ref={setNodeRef}
      className={`panel placed${isDragging ? " dragged" : ""}${isHeading(spec) ? " title" : ""}`}
      style={style}
      aria-labelledby={heading}
    >
      <div className="heading">
        {change && (
          <Move
            title={title}
            attach={setActivatorNodeRef}
            attributes={{ ...attributes }}
            listeners={{ ...listeners }}
          />
        )}
        <h2 id={heading}>{title}</h2>
        {change && edit && (
          <Acts
            title={title}
            edit={() => edit(placed)}
            duplicate={() => change(duplicated(board, id))}
            remove={() => change(removed(board, id))}
          />
        )}
      </div>
      <Conditions spec={spec} />
      {!isHeading(spec) && (
        <div className="shown">
          <PanelNumber value={id}>
            <Panel spec={spec} project={project} job={job} />
          </PanelNumber>
        </div>
      )}
      {change && (
        <SizeHandle
          {...{ title, width, height, place }}
          resize={(wide, high) => change(sized(board, id, wide, high))}
        />
      )}
    </section>
  );
}

interface MoveProps {
  title: string;
  attach: (element: HTMLElement | null) => void;
  attributes: object;
  listeners: object;
}

function Move({ title, attach, attributes, listeners }: MoveProps) {
  const { t } = useTranslation();
  return (
    <button
      type="button"
      className="move"
      ref={attach}
      {...attributes}
      {...listeners}
      aria-label={t("panels.move", { title })}
    >
      <HolderOutlined aria-hidden />
    </button>
  );
}

interface ActsProps {
  title: string;
  edit: () => void;
  duplicate: () => void;
  remove: () => void;
}

function Acts({ title, edit, duplicate, remove }: ActsProps) {
  const { t } = useTranslation();
  const acts = [
    { word: t("panels.edit"), icon: <EditOutlined aria-hidden />, act: edit },
    { word: t("panels.duplicate"), icon: <CopyOutlined aria-hidden />, act: duplicate },
    { word: t("panels.remove"), icon: <DeleteOutlined aria-hidden />, act: remove },
  ];
  return (
    <span className="acts">
      {acts.map(({ word, icon, act }) => (
        <Button
          key={word}
          type="text"
          size="small"
          icon={icon}
          aria-label={`${word}: ${title}`}
          title={word}
          onClick={act}
        />
      ))}
    </span>
  );
}
