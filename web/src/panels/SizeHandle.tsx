import { type KeyboardEvent, type PointerEvent, type RefObject, useRef } from "react";
import { useTranslation } from "react-i18next";
import { COLUMNS } from "./boards";

/** Height of a step and the gap below it, as board.css says. */
const STEP = 80;

interface Props {
  title: string;
  width: number;
  height: number;
  /** What the columns lie in. */
  place: RefObject<HTMLDivElement | null>;
  resize: (width: number, height: number) => void;
}

const KEYS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The corner by which a panel is made larger or smaller, by pointer or by arrow keys. */
export function SizeHandle({ title, width, height, place, resize }: Props) {
  const { t } = useTranslation();
  const begun = useRef<{ x: number; y: number; width: number; height: number }>(undefined);
  const begin = (event: PointerEvent<HTMLButtonElement>): void => {
    event.currentTarget.setPointerCapture(event.pointerId);
    begun.current = { x: event.clientX, y: event.clientY, width, height };
  };
  const follow = (event: PointerEvent): void => {
    if (!begun.current || !place.current) return;
    const column = place.current.clientWidth / COLUMNS;
    const wide = begun.current.width + Math.round((event.clientX - begun.current.x) / column);
    const high = begun.current.height + Math.round((event.clientY - begun.current.y) / STEP);
    if (wide !== width || high !== height) resize(wide, high);
  };
  const end = (): void => {
    begun.current = undefined;
  };
  const press = (event: KeyboardEvent): void => {
    const [wider, higher] = KEYS[event.key] ?? [0, 0];
    if (wider === 0 && higher === 0) return;
    event.preventDefault();
    resize(width + wider, height + higher);
  };
  return (
    <button
      type="button"
      className="size"
      aria-label={t("panels.size", { title, width, height, columns: COLUMNS })}
      title={t("panels.sizeHint")}
      onPointerDown={begin}
      onPointerMove={follow}
      onPointerUp={end}
      onPointerCancel={end}
      onKeyDown={press}
    >
      <span aria-hidden />
    </button>
  );
}
