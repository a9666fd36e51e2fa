import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useRef } from "react";

/** Height of a line in pixels. */
export const LINE = 44;

interface Props {
  count: number;
  label: string;
  head: ReactNode;
  /** The line at a place. */
  children: (index: number) => ReactNode;
}

/** A table of tasks. However many they are, only those on the screen are drawn. */
export function LongTable({ count, label, head, children }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const window = useVirtualizer({
    count,
    getScrollElement: () => frame.current,
    estimateSize: () => LINE,
    overscan: 8,
  });
  const drawn = window.getVirtualItems();
  const before = drawn[0]?.start ?? 0;
  const behind = window.getTotalSize() - (drawn.at(-1)?.end ?? 0);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by key
    <section ref={frame} className="tasks" tabIndex={0} aria-label={label}>
      <table aria-rowcount={count + 1}>
        <thead>
          <tr>{head}</tr>
        </thead>
        <tbody>
          {before > 0 && <tr aria-hidden style={{ height: before }} />}
          {drawn.map(({ index }) => children(index))}
          {behind > 0 && <tr aria-hidden style={{ height: behind }} />}
        </tbody>
      </table>
    </section>
  );
}
