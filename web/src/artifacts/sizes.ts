const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** Bytes with a binary unit, as swcli writes them: `0 B`, `1.2 KiB`, `34 MiB`. */
export function sized(bytes: number): string {
  let value = bytes;
  let step = 0;
  // 1023.95 would round to a number of four digits
  for (; Math.abs(value) >= 1023.95 && step < UNITS.length - 1; step++) value /= 1024;
  return `${value.toFixed(step > 0 && Math.abs(value) < 9.95 ? 1 : 0)} ${UNITS[step]}`;
}
