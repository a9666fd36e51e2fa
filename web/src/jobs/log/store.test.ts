import { expect, test } from "vitest";
import { LogStore } from "./store";

/** Tells of what is printed when a test says so. */
class Stream extends EventTarget {
  readonly CLOSED = 2;
  readyState = 1;

  constructor(readonly from: number) {
    super();
  }

  close(): void {
    this.readyState = this.CLOSED;
  }

  print(text: string, reached: number): void {
    this.dispatchEvent(
      new MessageEvent("log", { data: JSON.stringify({ text }), lastEventId: String(reached) }),
    );
  }
}

/** A log of which some is there, and what is asked for while somebody looks at it. */
function opened(text: string) {
  const whole = new TextEncoder().encode(text);
  const streams: Stream[] = [];
  const drawing: (() => void)[] = [];
  const store = new LogStore({
    read: (offset, size) => {
      const bytes = whole.slice(offset, offset + size);
      return Promise.resolve({ bytes, next: offset + bytes.length, ended: false });
    },
    size: () => Promise.resolve(whole.length),
    stream: (offset) => {
      const stream = new Stream(offset);
      streams.push(stream);
      return stream as unknown as EventSource;
    },
    soon: (act) => {
      drawing.push(act);
      return () => void drawing.splice(0);
    },
  });
  const draw = (): void => {
    for (const act of drawing.splice(0)) act();
  };
  const lines = (): string[] => store.look().window.lines.map((line) => line.text);
  return { store, streams, drawing, draw, lines };
}

const last = (streams: Stream[]): Stream => streams.at(-1) as Stream;

test("what is printed is shown behind what was there, once for each drawing", async () => {
  const { store, streams, drawing, draw, lines } = opened("one\n");
  let told = 0;
  store.listen(() => told++);
  await store.begin();
  expect([lines(), store.look().following, last(streams).from]).toEqual([["one"], true, 4]);
  const before = told;
  last(streams).print("tw", 6);
  last(streams).print("o\nthree\n", 14);
  expect([lines(), drawing.length, told - before]).toEqual([["one"], 1, 0]);
  draw();
  expect([lines(), store.look().window.end, told - before]).toEqual([["one", "two", "three"], 14, 1]);
});

test("a log that is over is read on from its beginning to its end", async () => {
  const { store, streams, lines } = opened(
    Array.from({ length: 40_000 }, (_, at) => `line ${at}\n`).join(""),
  );
  await store.begin();
  last(streams).dispatchEvent(new MessageEvent("end"));
  const { end } = store.look();
  expect([store.look().ended, store.look().window.end]).toEqual([true, end]);
  await store.toStart();
  expect(store.look().window.end).toBeLessThan(end);
  while (store.look().window.end < end) await store.down();
  expect([lines()[0], lines().at(-1), store.look().ended]).toEqual(["line 0", "line 39999", true]);
  await store.toEnd();
  expect(store.look().ended).toBe(false);
});

test("whoever pauses keeps what was printed until then, and sees the rest when he follows again", async () => {
  const { store, streams, lines } = opened("one\n");
  await store.begin();
  last(streams).print("two\n", 8);
  store.pause();
  expect([lines(), store.look().following, last(streams).readyState]).toEqual([["one", "two"], false, 2]);
  await store.toEnd();
  expect([store.look().following, streams.length, last(streams).readyState]).toEqual([true, 2, 1]);
});

test("a log that ends is followed no longer, with its last lines shown", async () => {
  const { store, streams, lines } = opened("one\n");
  await store.begin();
  last(streams).print("two\n", 8);
  last(streams).dispatchEvent(new Event("end"));
  expect([lines(), store.look().ended, last(streams).readyState]).toEqual([["one", "two"], true, 2]);
});

test("a log that goes on after its end is followed by whoever looks at the end, and can be by anybody else", async () => {
  const { store, streams, draw, lines } = opened(
    Array.from({ length: 40_000 }, (_, at) => `line ${at}\n`).join(""),
  );
  await store.begin();
  await store.goOn();
  expect(streams.length).toBe(1);
  last(streams).dispatchEvent(new Event("end"));
  await store.goOn();
  expect([store.look().ended, store.look().following, streams.length]).toEqual([false, true, 2]);
  last(streams).print("again\n", store.look().window.end + 6);
  draw();
  expect(lines().at(-1)).toBe("again");
  last(streams).dispatchEvent(new Event("end"));
  await store.toStart();
  await store.goOn();
  expect([lines()[0], store.look().ended, store.look().following]).toEqual(["line 0", false, false]);
});

test("whoever has scrolled up in a short log, or stands on what he searched, stays there when it goes on", async () => {
  const { store, streams } = opened("one\ntwo\n");
  await store.begin();
  last(streams).dispatchEvent(new Event("end"));
  store.pause();
  await store.goOn();
  expect([store.look().ended, store.look().following, streams.length]).toEqual([false, false, 1]);
  await store.begin();
  last(streams).dispatchEvent(new Event("end"));
  await store.show(4);
  await store.goOn();
  expect([store.look().ended, store.look().following, streams.length]).toEqual([false, false, 2]);
});

test("the log of a task that waited is followed once it runs", async () => {
  const { store, streams, draw, lines } = opened("");
  await store.begin();
  last(streams).dispatchEvent(new Event("end"));
  expect([lines(), store.look().ended]).toEqual([[], true]);
  await store.goOn();
  last(streams).print("one\n", 4);
  draw();
  expect([lines(), store.look().ended, store.look().following]).toEqual([["one"], false, true]);
});

test("a stream that is broken off for good is followed no longer, one that comes again by itself is", async () => {
  const { store, streams } = opened("one\n");
  await store.begin();
  last(streams).dispatchEvent(new Event("error"));
  expect(store.look().following).toBe(true);
  last(streams).close();
  last(streams).dispatchEvent(new Event("error"));
  expect(store.look().following).toBe(false);
});

test("whoever looks at another place follows nothing, and nobody listens behind a closed log", async () => {
  const { store, streams, lines } = opened("one\ntwo\n");
  await store.begin(4);
  expect([store.look().following, streams.length]).toEqual([false, 0]);
  await store.begin();
  last(streams).print("three\n", 14);
  store.close();
  expect([lines(), last(streams).readyState]).toEqual([["one", "two"], 2]);
});

test("why a log cannot be read is told", async () => {
  const store = new LogStore({
    read: () => Promise.reject(new Error("gone")),
    size: () => Promise.resolve(1),
    stream: () => new Stream(0) as unknown as EventSource,
    soon: () => () => undefined,
  });
  await store.begin();
  expect([store.look().error, store.look().reading, store.look().following]).toEqual([
    new Error("gone"),
    false,
    false,
  ]);
});
