import { type KeyboardEvent, type PointerEvent, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useAppearance } from "../shell/appearance";
import { clock } from "./measures";
import { useExtent } from "./seen";

const BAR = 3;

interface WaveProps {
  peaks: number[];
  now: number;
  end: number;
  seek: (to: number) => void;
  toggle: () => void;
}

/** How loud a sound is from its beginning to its end, and where it is just now. */
export function Wave({ peaks, now, end, seek, toggle }: WaveProps) {
  const { t } = useTranslation();
  const { dark } = useAppearance();
  const [place, room] = useExtent<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const share = end > 0 ? now / end : 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: other looks have other colours
  useEffect(() => {
    if (canvas.current) draw(canvas.current, peaks, share, room.width, room.height);
  }, [peaks, share, room.width, room.height, dark]);
  const point = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.type === "pointermove" && !event.buttons) return;
    const { left, width } = event.currentTarget.getBoundingClientRect();
    seek(((event.clientX - left) / width) * end);
  };
  const press = (event: KeyboardEvent): void => {
    const step = Math.max(end / 20, 0.05);
    const targets = new Map([
      ["ArrowLeft", now - step],
      ["ArrowRight", now + step],
      ["Home", 0],
      ["End", end],
    ]);
    const target = targets.get(event.key);
    if (event.key !== " " && target === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (target === undefined) toggle();
    else seek(target);
  };
  return (
    <div
      ref={place}
      className="media-wave"
      role="slider"
      tabIndex={0}
      aria-label={t("media.position")}
      aria-valuemin={0}
      aria-valuemax={Number.isFinite(end) ? Number(end.toFixed(2)) : 0}
      aria-valuenow={Number(now.toFixed(2))}
      aria-valuetext={t("media.positionOf", { now: clock(now), end: clock(end) })}
      onPointerDown={point}
      onPointerMove={point}
      onKeyDown={press}
    >
      <canvas ref={canvas} />
    </div>
  );
}

function draw(
  canvas: HTMLCanvasElement,
  peaks: number[],
  share: number,
  width: number,
  height: number,
): void {
  const dense = window.devicePixelRatio || 1;
  canvas.width = Math.max(1, width * dense);
  canvas.height = Math.max(1, height * dense);
  const context = canvas.getContext("2d");
  if (!context) return;
  context.scale(dense, dense);
  const style = getComputedStyle(canvas);
  const bars = Math.max(1, Math.floor(width / BAR));
  for (let bar = 0; bar < bars; bar++) {
    const [from, to] = [
      Math.floor((bar * peaks.length) / bars),
      Math.ceil(((bar + 1) * peaks.length) / bars),
    ];
    const peak = peaks.length ? Math.max(...peaks.slice(from, Math.max(to, from + 1))) : 0;
    const tall = Math.max(1.5, peak * (height - 2));
    context.fillStyle = style.getPropertyValue(bar / bars < share ? "--played" : "--unplayed");
    context.fillRect(bar * BAR, (height - tall) / 2, BAR - 1, tall);
  }
}
