import { expect, test, vi } from "vitest";
import { Fault } from "../api/fault";
import { PLAIN } from "../panels/spec";
import { Autosave } from "./autosave";
import { type Block, blocksIn, blocksOf, documentOf, keptOf, panelBlock } from "./blocks";
import { cellsOf } from "./cells";
import { type Node, nodesOf } from "./known";
import { markdownOf } from "./markdown";
import { kindOf } from "./pictures";

const text = (value: string, ...marks: string[]) => ({
  type: "text",
  text: value,
  ...(marks.length > 0 && { marks: marks.map((type) => ({ type })) }),
});
const paragraph = (...content: Node[]) => ({ type: "paragraph", content });
const PICTURE = "data:image/png;base64,iVBORw0KGgo=";

test("a report becomes a document and comes back", () => {
  const panel = panelBlock({ ...PLAIN, job: "j" }, [{ path: "evaluation/j/results", rows: 1, columns: [] }]);
  const blocks: Block[] = [
    {
      type: "prose",
      nodes: [{ type: "heading", attrs: { level: 1 }, content: [text("A")] }, paragraph(text("b"))],
    },
    panel,
    { type: "text", markdown: "| a |\n|---|" },
    { type: "image", alt: "digits", source: PICTURE },
    { type: "prose", nodes: [paragraph(text("end", "bold"))] },
  ];
  expect(blocksIn(documentOf(blocks))).toEqual(blocks);
  expect(blocksOf(JSON.parse(JSON.stringify(keptOf(blocks))))).toEqual(blocks);
  expect(panel).toMatchObject({ asks: [{ type: "rows", question: { tables: ["evaluation/j/results"] } }] });
  expect(blocksIn(documentOf([]))).toEqual([{ type: "prose", nodes: [{ type: "paragraph" }] }]);
});

test("what programs have kept with one question stays so", () => {
  const kept = { type: "panel", title: "best", chart: {}, question: { tables: ["summary"], size: 10 } };
  const [block] = blocksOf({ blocks: [kept] });
  expect(block).toMatchObject({ plain: true, asks: [{ type: "rows", question: { tables: ["summary"] } }] });
  expect(keptOf(block ? [block] : []).blocks[0]).toMatchObject({
    title: "best",
    question: { tables: ["summary"] },
  });
});

test("only known nodes are shown, and links lead nowhere bad", () => {
  const link = (href: string) => ({ ...text("x"), marks: [{ type: "link", attrs: { href, onclick: "x" } }] });
  expect(
    nodesOf([
      { type: "script", content: [text("alert(1)")] },
      { ...paragraph(link("javascript:alert(1)"), link("https://example.com")), attrs: { style: "x" } },
      { type: "image", attrs: { src: "https://evil.example" } },
      null,
      "x",
    ]),
  ).toEqual([
    paragraph(text("x"), { ...text("x"), marks: [{ type: "link", attrs: { href: "https://example.com" } }] }),
  ]);
  const [image] = blocksOf({ blocks: [{ type: "image", source: "https://evil.example/x.png" }] });
  expect(image).toEqual({ type: "image", alt: "", source: "" });
});

test("a report is told as Markdown, in which its text stays text", () => {
  const item = (value: string) => ({ type: "listItem", content: [paragraph(text(value))] });
  const blocks: Block[] = [
    {
      type: "prose",
      nodes: [
        { type: "heading", attrs: { level: 2 }, content: [text("A & B")] },
        paragraph(text("see ", "italic"), text("<img src=x onerror=alert(1)>"), text("a`b", "code")),
        { type: "orderedList", attrs: { start: 3 }, content: [item("one"), item("two")] },
        { type: "codeBlock", attrs: { language: "python" }, content: [text("x = '```'")] },
        { type: "blockquote", content: [paragraph(text("q"))] },
        { type: "horizontalRule" },
      ],
    },
    { type: "image", alt: "digits", source: PICTURE },
    panelBlock({ ...PLAIN, title: "T", job: "j" }, []),
  ];
  const told = [
    undefined,
    undefined,
    { title: "T", conditions: "x ≥ 1", heads: ["a", "b"], rows: [["1|2", "x"]], note: "" },
  ];
  expect(markdownOf("Week *1*", blocks, told)).toBe(
    [
      "# Week \\*1\\*",
      "### A \\& B",
      "*see *\\<img src=x onerror=alert(1)\\>`a'b`",
      "3. one\n4. two",
      "````python\nx = '```'\n````",
      "> q",
      "---",
      `![digits](${PICTURE})`,
      "**T** · x ≥ 1\n\n| a | b |\n| --- | --- |\n| 1\\|2 | x |\n",
    ].join("\n\n"),
  );
});

test("a paragraph stays one, however it begins", () => {
  const nodes = [
    "- x",
    "+ x",
    "1. Intro",
    "2) y",
    "---",
    "3.14 and - so on",
    "===",
    " - z",
    "    code",
    " \t - w",
  ].map((each) => paragraph(text(each)));
  const more = paragraph(text("above"), { type: "hardBreak" }, text("- below"));
  expect(markdownOf("R", [{ type: "prose", nodes: [...nodes, more] }], [])).toBe(
    [
      "# R",
      "\\- x",
      "\\+ x",
      "1\\. Intro",
      "2\\) y",
      "\\---",
      "3.14 and - so on",
      "\\===",
      " \\- z",
      "code",
      "\\- w",
      "above\\\n\\- below\n",
    ].join("\n\n"),
  );
});

test("rows are told with their pictures, and by name where those are large or no pictures", () => {
  const media = { at: 1, size: 9, shape: [] };
  const image = { ...media, $: "image", mime_type: "image/png" };
  const url = "/api/v1/media/abc";
  const rows = [
    { id: 1, values: { seen: { ...image, d: "iVBORw0KGgo=", display_name: "one.png" }, n: 1.5, _noted: 1 } },
    { id: 2, values: { seen: { ...image, url }, n: { ...media, $: "audio", mime_type: "audio/wav", url } } },
    { id: 3, values: { seen: { ...image, mime_type: "image/svg+xml", url }, n: null } },
  ];
  const { heads, rows: cells } = cellsOf({ rows, groups: [], edges: [] }, [], "Key", "en");
  expect(heads).toEqual(["Key", "seen", "n"]);
  expect(cells).toEqual([
    ["1", { name: "one.png", kind: "image/png", address: PICTURE }, "1.5"],
    ["2", { name: "seen 2", kind: "image/png", address: url }, "n 2"],
    ["3", "seen 3", ""],
  ]);
  const [[key = "", small = ""] = []] = cells;
  const large = { name: "a*b.png", kind: "image/png", address: `${PICTURE}${"A".repeat(400_000)}` };
  const told = { title: "T", conditions: "", heads: ["Key", "seen", "n"], note: "The first 1 of 3." };
  const block = panelBlock({ ...PLAIN, job: "j" }, []);
  expect(markdownOf("R", [block], [{ ...told, rows: [[key, small, large]] }])).toBe(
    [
      "# R",
      "**T**",
      `| Key | seen | n |\n| --- | --- | --- |\n| 1 | ![one.png](${PICTURE}) | a\\*b.png |`,
      "The first 1 of 3.\n",
    ].join("\n\n"),
  );
});

const cell = (type: string, value: string, attrs?: object) => ({
  type,
  ...(attrs && { attrs: { ...attrs } }),
  content: [paragraph(...(value ? [text(value)] : []))],
});
const row = (...content: Node[]) => ({ type: "tableRow", content });

test("a table is kept, told as Markdown, and made whole where it is not", () => {
  const table = {
    type: "table",
    content: [
      row(cell("tableHeader", "set"), cell("tableHeader", "a|b")),
      row(cell("tableCell", "mnist", { rowspan: 2 }), cell("tableCell", "1")),
      row(cell("tableCell", "2")),
    ],
  };
  const blocks: Block[] = [{ type: "prose", nodes: [table] }];
  expect(blocksIn(documentOf(blocks))).toEqual(blocks);
  expect(markdownOf("T", blocks, [])).toBe(
    "# T\n\n| set | a\\|b |\n| --- | --- |\n| mnist | 1 |\n|  | 2 |\n",
  );
  const bare = {
    type: "table",
    content: [row(cell("tableCell", "x", { colspan: 2 })), row(cell("tableCell", "y"))],
  };
  expect(markdownOf("T", [{ type: "prose", nodes: [bare] }], [])).toBe(
    "# T\n\n|  |  |\n| --- | --- |\n| x |  |\n| y |  |\n",
  );
  const wide = cell("tableCell", "", { colspan: 1e12, rowspan: "x", style: "y" });
  expect(
    nodesOf([
      { type: "table" },
      row(wide),
      { type: "table", content: [row(), paragraph(text("x")), row({ type: "tableCell", content: [table] })] },
      { type: "table", content: [row(wide)] },
    ]),
  ).toEqual([
    { type: "table", content: [row({ type: "tableCell", content: [{ type: "paragraph" }] })] },
    {
      type: "table",
      content: [row({ type: "tableCell", attrs: { colspan: 50 }, content: [{ type: "paragraph" }] })],
    },
  ]);
});

test.each([
  ["\x89PNG\r\n\x1a\n", "image/png"],
  ["\xff\xd8\xff\xe0", "image/jpeg"],
  ["GIF89a", "image/gif"],
  ["RIFF\x01\x02\x03\x04WEBPVP8 ", "image/webp"],
  ["RIFF\x01\x02\x03\x04WAVE", undefined],
  ["<svg onload=alert(1)>", undefined],
  ["", undefined],
])("%j is the beginning of %s", (beginning, kind) => {
  expect(kindOf(Uint8Array.from(beginning, (sign) => sign.charCodeAt(0)).buffer)).toBe(kind);
});

const tick = async (): Promise<void> => {
  await vi.advanceTimersByTimeAsync(2000);
};

test("changes are saved once they are left alone, one after the other", async () => {
  vi.useFakeTimers();
  const kept: string[] = [];
  const saving = new Autosave<string>(
    async (value, etag) => {
      kept.push(`${etag}:${value}`);
      return String(Number(etag) + 1);
    },
    "1",
    () => {},
  );
  saving.change("a");
  saving.change("ab");
  expect(saving.state).toBe("changed");
  await tick();
  expect([saving.state, kept]).toEqual(["saved", ["1:ab"]]);
  saving.change("abc");
  const first = saving.flush();
  saving.change("abcd");
  await first;
  await tick();
  expect(kept).toEqual(["1:ab", "2:abc", "3:abcd"]);
  vi.useRealTimers();
});

test("what somebody else has saved is overwritten only by whoever wants that", async () => {
  vi.useFakeTimers();
  const kept: string[] = [];
  const save = async (value: string, etag: string): Promise<string> => {
    if (etag !== "7") throw new Fault({ status: 412, code: "outdated", detail: "", hint: "" });
    kept.push(value);
    return "8";
  };
  const saving = new Autosave<string>(save, "1", () => {});
  saving.change("mine");
  await tick();
  expect(saving.state).toBe("outdated");
  saving.change("mine, longer");
  await tick();
  expect([saving.state, kept]).toEqual(["outdated", []]);
  await saving.over("7");
  expect([saving.state, kept]).toEqual(["saved", ["mine, longer"]]);
  vi.useRealTimers();
});
