import { type RefObject, useEffect, useRef, useState } from "react";

/** Whether an element has come into sight; it stays seen. */
export function useSeen<Of extends Element>(): [RefObject<Of | null>, boolean] {
  const place = useRef<Of>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (!place.current || seen) return;
    const watching = new IntersectionObserver(
      (entries) => {
        if (entries.some((each) => each.isIntersecting)) setSeen(true);
      },
      { rootMargin: "100px" },
    );
    watching.observe(place.current);
    return () => watching.disconnect();
  }, [seen]);
  return [place, seen];
}

/** Width and height of an element, as they change. */
export function useExtent<Of extends Element>(): [RefObject<Of | null>, { width: number; height: number }] {
  const place = useRef<Of>(null);
  const [extent, setExtent] = useState({ width: 0, height: 0 });
  useEffect(() => {
    if (!place.current) return;
    const watching = new ResizeObserver(([entry]) => {
      if (entry) setExtent({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    watching.observe(place.current);
    return () => watching.disconnect();
  }, []);
  return [place, extent];
}
