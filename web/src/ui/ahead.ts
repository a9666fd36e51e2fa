/** A part of the address that is shown before the page has followed. */
export interface Ahead {
  shown: string;
  /** As the page knows it. */
  seen: string;
  /** What the address was told and the page has not followed yet, the newest last. */
  told: readonly string[];
}

export const beginning = (value: string): Ahead => ({ shown: value, seen: value, told: [] });

/** Whether the address does not know yet what is shown. */
export const isAhead = ({ shown, seen, told }: Ahead): boolean => shown !== (told.at(-1) ?? seen);

export const wrote = (ahead: Ahead, text: string): Ahead => ({ ...ahead, shown: text });

/** The address was told what is shown. */
export const told = (ahead: Ahead): Ahead => ({ ...ahead, told: [...ahead.told, ahead.shown] });

/** The page knows another value: what was told it before changes nothing, anything else has come from elsewhere. */
export function followed(ahead: Ahead, value: string): Ahead {
  const at = ahead.told.lastIndexOf(value);
  return at < 0 ? beginning(value) : { ...ahead, seen: value, told: ahead.told.slice(at + 1) };
}
