import { ExpandOutlined, MinusOutlined, PlusOutlined } from "@ant-design/icons";
import { Button } from "antd";
import {
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { useTranslation } from "react-i18next";
import type { Extent } from "./extent";
import type { Layer } from "./layers";
import { Overlay } from "./Overlay";
import { useExtent } from "./seen";

interface Props {
  picture: (learn: (extent: Extent) => void) => ReactNode;
  layers: Layer[];
  tall: boolean;
  enlarge?: () => void;
}

const STEP = 1.4;
const LARGEST = 64;

/** A picture that is looked at closely: larger and smaller by key, button or wheel, moved by scrolling or dragging. */
export function Zoom({ picture, layers, tall, enlarge }: Props) {
  const { t } = useTranslation();
  const [place, room] = useExtent<HTMLDivElement>();
  const [extent, setExtent] = useState<Extent>();
  // Pixels of the screen to one of the picture; null as long as it is fitted in.
  const [chosen, setChosen] = useState<number | null>(null);
  const anchor = useRef<{ x: number; y: number; left: number; top: number } | null>(null);
  const fitting = extent && room.width ? Math.min(room.width / extent.width, room.height / extent.height) : 1;
  const scale = chosen ?? fitting;

  const zoom = (next: number | null, at?: { clientX: number; clientY: number }): void => {
    const box = place.current;
    const size = next === null ? null : Math.min(LARGEST, Math.max(fitting / 4, next));
    if (box && size !== null) {
      const { left, top } = box.getBoundingClientRect();
      const x = at ? at.clientX - left : box.clientWidth / 2;
      const y = at ? at.clientY - top : box.clientHeight / 2;
      anchor.current = {
        x: ((box.scrollLeft + x) * size) / scale - x,
        y: ((box.scrollTop + y) * size) / scale - y,
        left: 0,
        top: 0,
      };
    }
    setChosen(size);
  };
  const handed = useRef(zoom);
  handed.current = zoom;
  const factor = useRef(scale);
  factor.current = scale;

  useLayoutEffect(() => {
    // What was in the middle, or under the pointer, stays there.
    if (anchor.current && place.current && scale) place.current.scrollTo(anchor.current.x, anchor.current.y);
    anchor.current = null;
  }, [scale, place]);
  useEffect(() => {
    const box = place.current;
    const turn = (event: WheelEvent): void => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      handed.current(factor.current * Math.exp(-event.deltaY / 300), event);
    };
    box?.addEventListener("wheel", turn, { passive: false });
    return () => box?.removeEventListener("wheel", turn);
  }, [place]);

  const press = (event: KeyboardEvent): void => {
    if (event.key === "+" || event.key === "=") zoom(scale * STEP);
    else if (event.key === "-") zoom(scale / STEP);
    else if (event.key === "0") zoom(null);
    else if (event.key === "1") zoom(1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const width = extent ? extent.width * scale : undefined;
  const height = extent ? extent.height * scale : undefined;
  return (
    <div className={`media-zoom ${tall ? "tall" : ""}`}>
      {/* biome-ignore lint/a11y/useSemanticElements: no element of HTML is a picture to move about in */}
      <div
        ref={place}
        className={`room ${scale > 3 ? "coarse" : ""}`}
        role="group"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled and made larger by key
        tabIndex={0}
        aria-label={t("media.view")}
        onKeyDown={press}
        onDoubleClick={(event) => zoom(chosen === null ? fitting * 3 : null, event)}
        {...dragging}
      >
        <div className={`media-stage ${extent ? "" : "unknown"}`} style={{ width, height }}>
          {picture(setExtent)}
          {extent && <Overlay layers={layers} {...extent} scale={scale} captions />}
        </div>
      </div>
      <div className="media-tools">
        <Button
          size="small"
          icon={<MinusOutlined aria-hidden />}
          aria-label={t("media.smaller")}
          onClick={() => zoom(scale / STEP)}
        />
        <Button
          size="small"
          icon={<PlusOutlined aria-hidden />}
          aria-label={t("media.larger")}
          onClick={() => zoom(scale * STEP)}
        />
        <Button size="small" onClick={() => zoom(null)}>
          {t("media.fit")}
        </Button>
        <Button size="small" onClick={() => zoom(1)} title={t("media.pixel")}>
          1:1
        </Button>
        {enlarge && (
          <Button
            size="small"
            icon={<ExpandOutlined aria-hidden />}
            aria-label={t("media.openTree")}
            onClick={enlarge}
          />
        )}
        {extent && (
          <span className="faint">
            {extent.width} × {extent.height} · {Math.round(scale * 100)} %
          </span>
        )}
      </div>
    </div>
  );
}

const dragging = {
  onPointerDown(event: PointerEvent<HTMLDivElement>): void {
    if (event.pointerType === "mouse" && event.button === 0)
      event.currentTarget.setPointerCapture(event.pointerId);
  },
  onPointerMove(event: PointerEvent<HTMLDivElement>): void {
    const box = event.currentTarget;
    if (box.hasPointerCapture(event.pointerId)) box.scrollBy(-event.movementX, -event.movementY);
  },
};
