import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type RefObject, useLayoutEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { type Line, plainOf, shownOf, spansOf } from "./lines";
import type { LogStore, Shown } from "./store";

interface Props {
  shown: Shown;
  store: LogStore;
  /** Marked where it occurs. */
  text: string;
  /** The line that was found. */
  found: number | undefined;
}

const HEIGHT = 20;
/** Signs of one line that are drawn. */
const LONGEST = 5_000;
/** Pixels from an end at which more is read. */
const NEAR = 400;

/** The lines of a log, of which only those on the screen are drawn. */
export function LogText({ shown, store, text, found }: Props) {
  const { t } = useTranslation();
  const frame = useRef<HTMLDivElement>(null);
  const { lines } = shown.window;
  const window = useVirtualizer({
    count: lines.length,
    getScrollElement: () => frame.current,
    estimateSize: () => HEIGHT,
    overscan: 20,
    getItemKey: (index) => lines[index]?.at ?? index,
  });
  useStay(frame, shown, found);
  const reached = useRef(0);
  const look = (): void => {
    const box = frame.current;
    if (!box) return;
    const before = reached.current;
    reached.current = box.scrollTop;
    if (shown.reading) return;
    // The page itself only goes down while it follows: it is somebody who goes up, maybe by the bar.
    const left = box.scrollHeight - box.clientHeight - box.scrollTop;
    if (shown.following && box.scrollTop < before && left > HEIGHT) store.pause();
    if (box.scrollTop < NEAR) void store.up();
    else if (left < NEAR && !(shown.ended && shown.window.end >= shown.end)) void store.down();
  };
  const leave = (event: KeyboardEvent): void => {
    if (["ArrowUp", "PageUp", "Home"].includes(event.key) && shown.following) store.pause();
  };
  return (
    <div
      ref={frame}
      className="log-text"
      role="log"
      aria-live="off"
      aria-busy={shown.reading}
      aria-label={t("jobs.log.text")}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by key
      tabIndex={0}
      onScroll={look}
      onKeyDown={leave}
      onWheel={({ deltaY }) => deltaY < 0 && shown.following && store.pause()}
      onTouchMove={() => shown.following && store.pause()}
    >
      <div className="log-lines" style={{ height: window.getTotalSize() }}>
        {window.getVirtualItems().map(({ index, start, key }) => {
          const line = lines[index];
          return line && <Drawn key={key} line={line} start={start} text={text} found={line.at === found} />;
        })}
      </div>
    </div>
  );
}

/** Keeps what is looked at in its place: the end while it is followed, the line that was found, what one reads. */
function useStay(frame: RefObject<HTMLDivElement | null>, shown: Shown, found: number | undefined): void {
  const before = useRef<Seen>({ lines: [], found: undefined });
  const { lines } = shown.window;
  useLayoutEffect(() => {
    const box = frame.current;
    if (!box) return;
    const old = before.current;
    before.current = { lines, found };
    if (shown.following) box.scrollTop = box.scrollHeight;
    else box.scrollTop = placeOf(box, old, before.current);
  }, [frame, lines, found, shown.following]);
}

interface Seen {
  lines: Line[];
  found: number | undefined;
}

function placeOf(box: HTMLDivElement, old: Seen, now: Seen): number {
  const hit = now.lines.findIndex(({ at }) => at === now.found);
  const isNew = old.found !== now.found || !old.lines.some(({ at }) => at === now.found);
  if (hit >= 0 && isNew) return hit * HEIGHT - box.clientHeight / 2;
  const at = Math.floor(box.scrollTop / HEIGHT);
  const first = old.lines[at];
  if (!first || old.lines === now.lines) return box.scrollTop;
  // Lines may have come or gone before what is read.
  const there = now.lines.findIndex((line) => line.at === first.at);
  return there < 0 ? 0 : box.scrollTop + (there - at) * HEIGHT;
}

function Drawn({ line, start, text, found }: { line: Line; start: number; text: string; found: boolean }) {
  const { t } = useTranslation();
  const whole = shownOf(line.text);
  const marks = text !== "" && plainOf(line.text).toLowerCase().includes(text.toLowerCase());
  const drawn = marks ? plainOf(line.text).slice(0, LONGEST) : whole.slice(0, LONGEST);
  return (
    <div
      className={found ? "log-line found" : "log-line"}
      style={{ transform: `translateY(${start}px)` }}
      data-at={line.at}
    >
      {marks ? <Marked line={drawn} text={text} /> : <Coloured line={drawn} />}
      {whole.length > LONGEST && (
        <span className="faint"> {t("jobs.log.cut", { number: whole.length - LONGEST })}</span>
      )}
    </div>
  );
}

function Coloured({ line }: { line: string }) {
  return spansOf(line).map(({ text, style }, at) =>
    style ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a line have no other name
      <span key={at} className={style}>
        {text}
      </span>
    ) : (
      text
    ),
  );
}

function Marked({ line, text }: { line: string; text: string }) {
  const low = line.toLowerCase();
  const wanted = text.toLowerCase();
  const parts = [];
  let begin = 0;
  for (let at = low.indexOf(wanted); at >= 0; at = low.indexOf(wanted, begin)) {
    parts.push(line.slice(begin, at), <mark key={at}>{line.slice(at, at + wanted.length)}</mark>);
    begin = at + wanted.length;
  }
  return [...parts, line.slice(begin)];
}
