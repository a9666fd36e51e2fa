import type { Elements, Layout } from "./elements";
import { pixelsOf } from "./elements";
import { COLOURS } from "./layers";

/** What each pixel of a mask belongs to; 0 to nothing. */
export interface Values {
  values: Elements;
  width: number;
  height: number;
}

const VEIL = 120;
const MOST_CLASSES = 64;

/** The numbers of the classes that a mask has. */
export function classesOf(values: Elements): number[] {
  const found = new Set<number>();
  for (let place = 0; place < values.length && found.size <= MOST_CLASSES; place++) {
    const value = values[place] ?? 0;
    if (value) found.add(value);
  }
  return [...found].sort((one, other) => one - other);
}

/** Colour what a mask covers: in the colour of its layer, or each class in one of its own. */
export function paintMask(canvas: HTMLCanvasElement, mask: Values, colour: string): void {
  const { values, width, height } = mask;
  const classes = classesOf(values);
  const many = classes.length > 1 && classes.length <= MOST_CLASSES;
  const colours = new Map(
    classes.map((each, place) => [each, rgbOf(many ? (COLOURS[place % COLOURS.length] ?? colour) : colour)]),
  );
  const single = rgbOf(colour);
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let place = 0; place < width * height; place++) {
    const value = values[place];
    if (!value) continue;
    const [red, green, blue] = colours.get(value) ?? single;
    pixels.set([red, green, blue, VEIL], place * 4);
  }
  put(canvas, pixels, width, height);
}

export function paintArray(
  canvas: HTMLCanvasElement,
  elements: Elements,
  layout: Layout,
  dtype: string,
  stretched: boolean,
): void {
  put(canvas, pixelsOf(elements, layout, dtype, stretched), layout.width, layout.height);
}

function put(
  canvas: HTMLCanvasElement,
  pixels: Uint8ClampedArray<ArrayBuffer>,
  width: number,
  height: number,
): void {
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d")?.putImageData(new ImageData(pixels, width, height), 0, 0);
}

/** The brightest channel of each pixel of a picture. */
export function valuesOfPicture(image: HTMLImageElement): Values {
  const { naturalWidth: width, naturalHeight: height } = image;
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const values = new Uint8Array(width * height);
  if (!context) return { values, width, height };
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  for (let place = 0; place < values.length; place++) {
    const at = place * 4;
    if (data[at + 3]) values[place] = Math.max(data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0);
  }
  return { values, width, height };
}

function rgbOf(colour: string): [number, number, number] {
  const number = Number.parseInt(colour.slice(1), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}
