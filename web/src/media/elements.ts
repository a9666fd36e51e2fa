/** Elements of an array of numpy. */
export type Elements = ArrayLike<number>;

const READERS: Record<string, [number, (data: DataView, at: number, little: boolean) => number]> = {
  bool: [1, (data, at) => data.getUint8(at)],
  uint8: [1, (data, at) => data.getUint8(at)],
  int8: [1, (data, at) => data.getInt8(at)],
  uint16: [2, (data, at, little) => data.getUint16(at, little)],
  int16: [2, (data, at, little) => data.getInt16(at, little)],
  uint32: [4, (data, at, little) => data.getUint32(at, little)],
  int32: [4, (data, at, little) => data.getInt32(at, little)],
  uint64: [8, (data, at, little) => Number(data.getBigUint64(at, little))],
  int64: [8, (data, at, little) => Number(data.getBigInt64(at, little))],
  float16: [2, (data, at, little) => half(data.getUint16(at, little))],
  bfloat16: [2, (data, at, little) => brain(data.getUint16(at, little))],
  float32: [4, (data, at, little) => data.getFloat32(at, little)],
  float64: [8, (data, at, little) => data.getFloat64(at, little)],
};
const SHORT: Record<string, string> = { b: "int", i: "int", u: "uint", f: "float" };

/** A dtype by its name and the order of its bytes; undefined for those of which no preview is made. */
export function dtypeOf(text: string): { name: string; bytes: number; little: boolean } | undefined {
  const short = /^([<>|=])([biuf])(\d)$/.exec(text);
  const name = short ? (text === "|b1" ? "bool" : `${SHORT[short[2] ?? ""]}${Number(short[3]) * 8}`) : text;
  const reader = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
  return reader && { name, bytes: reader[0], little: short?.[1] !== ">" };
}

/** As many elements as the bytes hold. */
export function elementsOf(data: ArrayBuffer, dtype: string): Elements {
  const known = dtypeOf(dtype);
  const read = known && READERS[known.name]?.[1];
  if (!known || !read) return [];
  const view = new DataView(data);
  const found = new Float64Array(Math.floor(data.byteLength / known.bytes));
  for (let place = 0; place < found.length; place++)
    found[place] = read(view, place * known.bytes, known.little);
  return found;
}

/** One integer of 64 bits as it is; undefined of other types, of which numbers lose nothing. */
export function wholeAt(data: ArrayBuffer, dtype: string, place: number): string | undefined {
  const known = dtypeOf(dtype);
  const view = new DataView(data);
  if (known?.name === "int64") return String(view.getBigInt64(place * 8, known.little));
  if (known?.name === "uint64") return String(view.getBigUint64(place * 8, known.little));
  return undefined;
}

function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const rest = bits & 1023;
  if (exponent === 31) return rest ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + rest / 1024) : 2 ** -14 * (rest / 1024));
}

function brain(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint16(0, bits);
  return view.getFloat32(0);
}

/** How an array is laid out as a picture. */
export interface Layout {
  height: number;
  width: number;
  channels: number;
  /** Whether the channels come one after the other rather than pixel by pixel. */
  planes: boolean;
}

const LARGEST_SIDE = 8192;
const DARK = 64;

/** The picture that an array of this shape may be; undefined where it looks like none. */
export function layoutOf(shape: (number | null)[]): Layout | undefined {
  if (shape.some((length) => length === null || length < 1)) return undefined;
  const sides = shape as number[];
  const [first = 0, second = 0, third = 0] = sides;
  const found =
    sides.length === 2
      ? { height: first, width: second, channels: 1, planes: false }
      : sides.length === 3 && [1, 3, 4].includes(third)
        ? { height: first, width: second, channels: third, planes: false }
        : sides.length === 3 && [1, 3, 4].includes(first)
          ? { height: second, width: third, channels: first, planes: true }
          : undefined;
  return found && Math.max(found.height, found.width) <= LARGEST_SIDE ? found : undefined;
}

/** Whether a picture tells more of it than its numbers do. */
export function isPictorial({ height, width }: Layout): boolean {
  return height >= 6 && width >= 6;
}

/** Lowest and highest of those that are numbers. */
export function rangeOf(elements: Elements): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let place = 0; place < elements.length; place++) {
    const value = elements[place] ?? Number.NaN;
    if (Number.isFinite(value)) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return [low, high];
}

/**
 * Places of the lowest and the highest of those that are numbers; undefined where none is. Integers that are alike
 * only as they are rounded are told apart by what they are as a whole.
 */
export function endsOf(
  elements: Elements,
  whole: (place: number) => string | undefined,
): [number, number] | undefined {
  const isLess = (one: number, other: number): boolean => {
    const [value, than] = [elements[one] ?? Number.NaN, elements[other] ?? Number.NaN];
    if (value !== than || Number.isSafeInteger(value)) return value < than;
    return BigInt(whole(one) ?? 0) < BigInt(whole(other) ?? 0);
  };
  let ends: [number, number] | undefined;
  for (let place = 0; place < elements.length; place++) {
    if (!Number.isFinite(elements[place])) continue;
    const [low, high]: [number, number] = ends ?? [place, place];
    ends = [isLess(place, low) ? place : low, isLess(high, place) ? place : high];
  }
  return ends;
}

const [ACROSS, LINES] = [32, 200];

/** How elements are written in lines. */
export interface Lines {
  /** Elements from the beginning of one line to that of the next. */
  across: number;
  /** Cells that are drawn of each line. */
  columns: number;
  lines: number;
  /** Whether each line has more than is drawn of it. */
  isCut: boolean;
}

/** Lines as long as the last axis; those of a single axis, or of a scalar, as long as is easily read. */
export function linesOf(shape: (number | null)[], count: number): Lines {
  const flat = shape.length <= 1;
  const across = Math.max(1, flat ? ACROSS : (shape.at(-1) ?? ACROSS));
  const columns = Math.max(1, Math.min(across, ACROSS, count));
  return {
    across,
    columns,
    lines: Math.min(LINES, Math.ceil(count / across)),
    isCut: !flat && across > columns,
  };
}

/** How many elements an array has of which these many are there, as far as its shape or its size tells. */
export function totalOf(
  { shape, size, dtype }: { shape: (number | null)[]; size: number | null; dtype: string },
  count: number,
): number {
  const shaped = shape.reduce<number>((product, length) => product * (length ?? 0), 1);
  const bytes = dtypeOf(dtype)?.bytes ?? 1;
  return Math.max(shaped, count, Math.floor((size ?? 0) / bytes));
}

/** Pixels to be painted; anything but bytes, and dark bytes where that is wanted, from the lowest value to the highest. */
export function pixelsOf(
  elements: Elements,
  layout: Layout,
  dtype: string,
  stretched = false,
): Uint8ClampedArray<ArrayBuffer> {
  const { height, width, channels, planes } = layout;
  const area = height * width;
  const pixels = new Uint8ClampedArray(area * 4);
  const range = rangeOf(elements);
  const bytes = dtypeOf(dtype)?.name === "uint8" && !(stretched && range[1] < DARK);
  const [low, high] = bytes ? [0, 255] : range;
  const scale = 255 / (high - low || 1);
  const value = (pixel: number, channel: number): number => {
    const found = elements[planes ? channel * area + pixel : pixel * channels + channel] ?? Number.NaN;
    return bytes ? found : (found - low) * scale;
  };
  for (let pixel = 0; pixel < area; pixel++) {
    for (let channel = 0; channel < 3; channel++)
      pixels[pixel * 4 + channel] = value(pixel, channels < 3 ? 0 : channel);
    pixels[pixel * 4 + 3] = channels === 4 ? value(pixel, 3) : 255;
  }
  return pixels;
}
