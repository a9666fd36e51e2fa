/** The loudest of each of `places` equal stretches of a sound, 0 to 1 of the loudest of all. */
export function peaksOf(channels: Float32Array[], places: number): number[] {
  const length = Math.max(0, ...channels.map((each) => each.length));
  const peaks = Array.from({ length: places }, (_, place) => {
    const [from, to] = [Math.floor((place * length) / places), Math.ceil(((place + 1) * length) / places)];
    return Math.max(0, ...channels.map((each) => loudest(each, from, to)));
  });
  const top = Math.max(...peaks, 0);
  return top > 0 ? peaks.map((each) => each / top) : peaks;
}

const MOST_LOOKED_AT = 2000;

function loudest(samples: Float32Array, from: number, to: number): number {
  let top = 0;
  const step = Math.max(1, Math.floor((to - from) / MOST_LOOKED_AT));
  for (let place = from; place < to; place += step) top = Math.max(top, Math.abs(samples[place] ?? 0));
  return top;
}

/** Seconds as a clock shows them. */
export function clock(seconds: number): string {
  if (!Number.isFinite(seconds)) return "–:––";
  const whole = Math.floor(seconds);
  const minutes = Math.floor(whole / 60);
  const rest =
    seconds < 10 && whole === 0 ? seconds.toFixed(2).padStart(5, "0") : String(whole % 60).padStart(2, "0");
  return `${minutes}:${rest}`;
}

/** A number of bytes as people read it. */
export function bytesOf(size: number | null, language: string): string {
  if (size === null) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = size > 0 ? Math.min(units.length - 1, Math.floor(Math.log2(size) / 10)) : 0;
  const shown = size / 1024 ** power;
  const digits = power === 0 || shown >= 100 ? 0 : 1;
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(shown)} ${units[power]}`;
}
