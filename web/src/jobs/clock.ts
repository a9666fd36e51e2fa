import { useEffect, useState } from "react";

/** The present time; it goes on once a second while it is wanted. */
export function useNow(goes: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!goes) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [goes]);
  return now;
}
