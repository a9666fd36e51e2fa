import { around, EMPTY, earlier, extended, later, tail, type Window } from "./book";
import type { Read } from "./reading";

/** What the page shows of a log. */
export interface Shown {
  window: Window;
  /** New lines are shown as they are printed. */
  following: boolean;
  /** Nothing more will come. */
  ended: boolean;
  /** Byte at which it ends, once that is known. */
  end: number;
  reading: boolean;
  error: unknown;
}

interface Sources {
  read: Read;
  /** How long the log is now. */
  size: () => Promise<number>;
  /** Tells of what is printed from a byte on. */
  stream: (offset: number) => EventSource;
  /** Does something before the page is drawn anew; what it answers calls that off. */
  soon: (act: () => void) => () => void;
}

/** Keeps the window of one log that is looked at, and what is under way for it. */
export class LogStore {
  #listeners = new Set<() => void>();
  #shown: Shown = { window: EMPTY, following: false, ended: false, end: 0, reading: true, error: undefined };
  #stream: EventSource | undefined;
  #reading = new AbortController();
  #printed = "";
  #reached = 0;
  #waiting: (() => void) | undefined;

  constructor(private readonly sources: Sources) {}

  readonly listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly look = (): Shown => this.#shown;

  /** Show the end and follow it, or what lies around a byte. */
  begin(at?: number): Promise<void> {
    return at === undefined ? this.toEnd() : this.show(at);
  }

  toEnd(): Promise<void> {
    return this.#turn(async (signal) => {
      const { read, size } = this.sources;
      return tail(read, await size(), signal);
    }, true);
  }

  toStart(): Promise<void> {
    return this.#turn((signal) => later(this.sources.read, EMPTY, undefined, signal));
  }

  show(at: number): Promise<void> {
    return this.#turn((signal) => around(this.sources.read, at, signal));
  }

  up(): Promise<void> | undefined {
    if (this.#shown.reading || this.#shown.window.start === 0) return undefined;
    return this.#turn((signal) => earlier(this.sources.read, this.#shown.window, signal));
  }

  /** Read on where the window ends; nothing while that is followed anyway. */
  down(): Promise<void> | undefined {
    if (this.#shown.reading || this.#shown.following) return undefined;
    return this.#turn((signal) => later(this.sources.read, this.#shown.window, undefined, signal));
  }

  pause(): void {
    this.#flush();
    this.#leave();
    this.#set({ following: false });
  }

  /** Somebody may print into it again: whoever followed it to its end does so, and anybody else may. */
  goOn(): Promise<void> | undefined {
    const { ended, following } = this.#shown;
    if (!ended) return undefined;
    if (following) return this.toEnd();
    this.#set({ ended: false });
    return undefined;
  }

  close(): void {
    this.#reading.abort();
    this.#leave();
  }

  async #turn(find: (signal: AbortSignal) => Promise<Window>, follow = false): Promise<void> {
    this.#reading.abort();
    this.#leave();
    this.#reading = new AbortController();
    const { signal } = this.#reading;
    this.#set({ reading: true, following: follow, error: undefined, ...(follow && { ended: false }) });
    try {
      const window = await find(signal);
      if (signal.aborted) return;
      this.#set({ window, reading: false });
      if (follow) this.#follow(window.end);
    } catch (error) {
      if (!signal.aborted) this.#set({ reading: false, following: false, error });
    }
  }

  #follow(from: number): void {
    const stream = this.sources.stream(from);
    this.#stream = stream;
    this.#reached = from;
    stream.addEventListener("log", (event: MessageEvent<string>) => {
      this.#printed += (JSON.parse(event.data) as { text: string }).text;
      this.#reached = Number(event.lastEventId);
      this.#waiting ??= this.sources.soon(() => this.#flush());
    });
    stream.addEventListener("end", () => {
      this.#flush();
      this.#leave();
      this.#set({ ended: true, end: this.#reached });
    });
    stream.addEventListener("failed", () => this.pause());
    stream.addEventListener("error", () => {
      if (stream.readyState === stream.CLOSED) this.pause();
    });
  }

  #flush(): void {
    this.#waiting?.();
    this.#waiting = undefined;
    if (!this.#printed) return;
    const window = extended(this.#shown.window, this.#printed, this.#reached);
    this.#printed = "";
    this.#set({ window });
  }

  #leave(): void {
    this.#waiting?.();
    this.#waiting = undefined;
    this.#printed = "";
    this.#stream?.close();
    this.#stream = undefined;
  }

  #set(part: Partial<Shown>): void {
    this.#shown = { ...this.#shown, ...part };
    for (const each of this.#listeners) each();
  }
}
