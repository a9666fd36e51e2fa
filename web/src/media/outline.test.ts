import { expect, test } from "vitest";
import { categoriesOf } from "./classes";
import { dtypeOf, elementsOf, endsOf, layoutOf, linesOf, pixelsOf, totalOf, wholeAt } from "./elements";
import { colourOf, labelsOf, layersOf, layersOfAll, leftOf, sortsOf } from "./layers";
import { clock, peaksOf } from "./measures";
import { covered, figuresOf, type Sort, unpacked } from "./outline";

const box = (more: object = {}) => ({
  type: "bounding_box",
  x: 10,
  y: 20,
  width: 30,
  height: 40,
  whole: true,
  ...more,
});

test("figures are found at any depth, with what names them", () => {
  const value = [
    { label: "cat", bbox: box() },
    { label: 1, bbox: box({ width: -5 }) },
  ];
  expect(figuresOf(value, ["cat", "dog"])).toEqual([
    { shape: "box", x: 10, y: 20, width: 30, height: 40, caption: "cat" },
    { shape: "box", x: 5, y: 20, width: 5, height: 40, caption: "dog" },
  ]);
});

test("figures that are none are not drawn", () => {
  expect(
    figuresOf([box({ x: "1" }), box({ y: 1e12 }), { type: "polygon", points: "x" }, { type: "point" }]),
  ).toEqual([]);
});

test("an annotation of COCO is its outline and its box, with the name of its class", () => {
  const value = {
    type: "coco_annotation",
    category_id: 1,
    bbox: [1, 2, 3, 4],
    polygons: [[0, 0, 4, 0, 4, 4]],
  };
  expect(figuresOf(value, ["cat", "dog"])).toEqual([
    {
      shape: "polygon",
      spots: [
        [0, 0],
        [4, 0],
        [4, 4],
      ],
      caption: "",
    },
    { shape: "box", x: 1, y: 2, width: 3, height: 4, caption: "dog", beside: ["outlines"] },
  ]);
});

test("a class is called as the description of its dataset has it, whatever numbers it counts by", () => {
  const row = {
    image: { type: "image", mime: "image/png", size: 1 },
    annotations: [
      { type: "coco_annotation", category_id: 18, bbox: [1, 2, 3, 4] },
      { type: "coco_annotation", category_id: 2, bbox: [1, 2, 3, 4] },
    ],
  };
  const captions = (info: object) =>
    layersOf(row, "image", categoriesOf({ ...info })).flatMap(({ figures }) =>
      figures.map((each) => each.caption),
    );
  expect(captions({ categories: { "1": "cat", "18": "dog" } })).toEqual(["dog", "#2"]);
  expect(captions({ categories: "none" })).toEqual(["#18", "#2"]);
});

test("run lengths are unpacked as COCO packs them", () => {
  // As pycocotools writes [6, 1, 40, 4, 5, 4, 5, 4, 21] and [0, 5, 20]
  expect(unpacked("61X13mN000`0")).toEqual([6, 1, 40, 4, 5, 4, 5, 4, 21]);
  expect(unpacked("05d0")).toEqual([0, 5, 20]);
  expect(unpacked("\u0000\uffff")).toEqual([]);
});

test("run lengths go down the columns, first what is not covered", () => {
  expect([...covered([1, 2, 3], 3, 2)]).toEqual([0, 0, 1, 0, 1, 0]);
  expect([...covered([0, 99], 2, 2)]).toEqual([1, 1, 1, 1]);
});

test("layers are the columns that mark something in the picture", () => {
  const image = { type: "image", mime: "image/png", size: 9, shape: [4, 6, 3], url: "" };
  const row = {
    image,
    other: image,
    mask: { ...image, as_mask: true },
    classes: { type: "ndarray", mime: "", size: 24, shape: [4, 6], dtype: "uint8", url: "" },
    unrelated: { type: "ndarray", mime: "", size: 4, shape: [2, 2], dtype: "uint8", url: "" },
    boxes: [box(), box()],
    text: "cat",
  };
  const found = layersOf(row, "image").map(({ name, figures, masks }) => [
    name,
    figures.length,
    masks.length,
  ]);
  expect(found).toEqual([
    ["mask", 0, 1],
    ["classes", 0, 1],
    ["boxes", 2, 0],
  ]);
});

test("boxes, outlines, masks, points and labels are switched off each by itself", () => {
  const image = { type: "image", mime: "image/png", size: 9, shape: [4, 6, 3], url: "" };
  const row = {
    image,
    things: {
      type: "coco_annotation",
      category_id: 1,
      bbox: [1, 2, 3, 4],
      polygons: [[0, 0, 4, 0, 4, 4]],
      rle_size: [4, 6],
      rle_counts: [1, 2],
    },
    nose: { label: "nose", at: { type: "point", x: 1, y: 2 } },
    mask: { ...image, as_mask: true },
  };
  const layers = layersOf(row, "image", ["cat", "dog"]);
  expect([...sortsOf(layers)]).toEqual([
    ["boxes", 1],
    ["outlines", 1],
    ["masks", 2],
    ["points", 1],
  ]);
  expect(labelsOf(layers)).toBe(2);
  const left = (...off: (Sort | "labels")[]) =>
    leftOf(layers, { layers: new Set(), sorts: new Set(off) }).flatMap(({ marks, masks }) => [
      ...marks.map(({ figure, whole, caption }) => `${whole ? figure.shape : ""} ${caption}`.trim()),
      ...masks.map(() => "mask"),
    ]);
  expect(left()).toEqual(["runs", "polygon", "box dog", "points nose", "mask"]);
  expect(left("labels")).toEqual(["runs", "polygon", "box", "points", "mask"]);
  expect(left("masks")).toEqual(["polygon", "box dog", "points nose"]);
  expect(left("outlines", "points")).toEqual(["runs", "box dog", "mask"]);
  // Its name stays as long as anything of it is seen.
  expect(left("boxes", "points")).toEqual(["runs", "polygon", "dog", "mask"]);
  expect(left("boxes", "outlines", "masks")).toEqual(["points nose"]);
  expect(leftOf(layers, { layers: new Set(["things", "mask"]), sorts: new Set() })).toMatchObject([
    { name: "nose", colour: colourOf(1) },
  ]);
});

test("what several rows mark is put together, each column in one colour", () => {
  const image = { type: "image", mime: "image/png", size: 9, shape: [4, 6, 3], url: "" };
  const rows = [{ image }, { image, nose: [box()] }, { image, ear: [box()], nose: [box(), box()] }];
  const found = layersOfAll(rows, "image");
  expect(found.map(({ name, colour, figures }) => [name, colour, figures.length])).toEqual([
    ["nose", colourOf(0), 3],
    ["ear", colourOf(1), 1],
  ]);
  const order = found.map(({ name }) => name);
  expect(layersOf(rows[2] ?? {}, "image", {}, order).map(({ name, colour }) => [name, colour])).toEqual([
    ["ear", colourOf(1)],
    ["nose", colourOf(0)],
  ]);
});

test("elements are read in the order of their bytes", () => {
  const bytes = (...each: number[]) => Uint8Array.from(each).buffer;
  expect([...Array.from(elementsOf(bytes(1, 0, 0, 1), "<i2"))]).toEqual([1, 256]);
  expect([...Array.from(elementsOf(bytes(1, 0, 0, 1), ">i2"))]).toEqual([256, 1]);
  expect([...Array.from(elementsOf(bytes(0, 0x3c, 0, 0xc0, 1, 0x7e), "float16"))]).toEqual([
    1,
    -2,
    Number.NaN,
  ]);
  expect([...Array.from(elementsOf(bytes(0x80, 0x3f), "bfloat16"))]).toEqual([1]);
  const large = bytes(1, 0, 0, 0, 0, 0, 0x20, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
  expect([0, 1].map((place) => wholeAt(large, "<i8", place))).toEqual(["9007199254740993", "-1"]);
  expect(wholeAt(large, "uint64", 1)).toBe("18446744073709551615");
  expect(wholeAt(large, "float64", 0)).toBeUndefined();
  expect(dtypeOf("complex64")).toBeUndefined();
  expect(dtypeOf("constructor")).toBeUndefined();
});

test("arrays that look like pictures are painted", () => {
  expect(layoutOf([28, 28])).toMatchObject({ height: 28, width: 28, channels: 1 });
  expect(layoutOf([3, 8, 9])).toMatchObject({ height: 8, width: 9, planes: true });
  expect(layoutOf([8, 9, 3])).toMatchObject({ height: 8, width: 9, planes: false });
  expect(layoutOf([8, 9, 10])).toBeUndefined();
  expect(layoutOf([null, 3])).toBeUndefined();
  const layout = { height: 1, width: 2, channels: 1, planes: false };
  expect([...pixelsOf([-1, 1], layout, "float32")]).toEqual([0, 0, 0, 255, 255, 255, 255, 255]);
});

test("a waveform is the loudest of each stretch", () => {
  expect(peaksOf([Float32Array.of(0, 0.5, -0.25, 0)], 2)).toEqual([1, 0.5]);
  expect(peaksOf([], 2)).toEqual([0, 0]);
  expect([clock(0.41), clock(75), clock(Number.NaN)]).toEqual(["0:00.41", "1:15", "–:––"]);
});

test("the ends of integers of 64 bits are told apart though they round alike", () => {
  const { buffer } = BigInt64Array.of(9007199254740992n, 9007199254740993n, 1n);
  const ends = endsOf(elementsOf(buffer, "int64"), (place) => wholeAt(buffer, "int64", place));
  expect(ends).toEqual([2, 1]);
  const none = (): undefined => undefined;
  expect(endsOf([Number.NaN, 2e300, -1.5, Number.POSITIVE_INFINITY, 2e300], none)).toEqual([2, 1]);
  expect(endsOf([Number.NaN], none)).toBeUndefined();
});

test("an array has no more cells than elements, and tells of those that are not there", () => {
  expect(linesOf([3], 3)).toEqual({ across: 32, columns: 3, lines: 1, isCut: false });
  expect(linesOf([], 1)).toEqual({ across: 32, columns: 1, lines: 1, isCut: false });
  expect(linesOf([2, 40], 80)).toEqual({ across: 40, columns: 32, lines: 2, isCut: true });
  expect(linesOf([2, 3], 6)).toEqual({ across: 3, columns: 3, lines: 2, isCut: false });
  expect(totalOf({ shape: [null, 2], size: 80_000, dtype: "float32" }, 4096)).toBe(20_000);
  expect(totalOf({ shape: [100, 100], size: null, dtype: "int8" }, 4096)).toBe(10_000);
  expect(totalOf({ shape: [null], size: null, dtype: "int8" }, 7)).toBe(7);
});
