import { expect, test } from "vitest";
import { answerOf, events } from "./calling";

function stream(...pieces: string[]): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(control) {
      for (const piece of pieces) control.enqueue(new TextEncoder().encode(piece) as Uint8Array<ArrayBuffer>);
      control.close();
    },
  });
}

test("events are told apart however they are cut", async () => {
  const found = [];
  for await (const each of events(
    stream('data: "a', '"\n\nevent: error\nda', 'ta: {"code": "x"}\n', "\n: beat\n\n"),
  ))
    found.push(each);
  expect(found).toEqual([
    { event: "message", data: "a" },
    { event: "error", data: { code: "x" } },
  ]);
});

test.each([
  ["text", "text"],
  [{ content: "said", bot: true }, "said"],
  [[{ content: "asked" }, { content: "said", bot: true }], "said"],
  [{ odd: 1 }, '{"odd":1}'],
  [[], ""],
])("of %j a chat shows %s", (value, text) => {
  expect(answerOf(value)).toBe(text);
});
