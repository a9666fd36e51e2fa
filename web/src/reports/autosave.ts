import { isPassing } from "../api/asking";
import { problemOf } from "../api/fault";

export type SaveState = "saved" | "changed" | "saving" | "outdated" | "failed";

/** How long it waits, in milliseconds. */
interface Patience {
  /** Since what is written was changed last. */
  pause: number;
  /** Since it was changed first. */
  longest: number;
  /** After it has failed, at first; twice as long each time. */
  again: number;
  rarest: number;
}

const USUAL: Patience = { pause: 1_200, longest: 10_000, again: 2_000, rarest: 60_000 };

/** Saves what was changed once it has been left alone for a while, one after the other, never over what nobody saw. */
export class Autosave<Value> {
  state: SaveState = "saved";
  error: unknown;
  /** Whether it did not work the last time: what has been written since it last did may come to nothing. */
  failing = false;
  #next: Value | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When what is still to be saved was changed first. */
  #since: number | undefined;
  #failures = 0;
  #running: Promise<void> | undefined;

  /**
   * Args: `save` keeps a value if what is kept has this revision, and tells the new one; `tell` hears of each new
   * state.
   */
  constructor(
    private readonly save: (value: Value, etag: string) => Promise<string>,
    public etag: string,
    private readonly tell: () => void,
    private readonly patience = USUAL,
  ) {}

  change(value: Value): void {
    this.#next = value;
    this.#since ??= Date.now();
    if (this.state === "saving" || this.state === "outdated") return;
    this.#become("changed");
    this.#later();
  }

  /** Save now what is still to be saved, after what is being saved already. */
  async flush(): Promise<void> {
    if (this.#running) await this.#running;
    clearTimeout(this.#timer);
    const value = this.#next;
    if (value === undefined || this.state === "saving" || this.state === "outdated") return;
    this.#running = this.#keep(value);
    await this.#running;
    this.#running = undefined;
  }

  async #keep(value: Value): Promise<void> {
    this.#next = undefined;
    this.#since = undefined;
    this.#become("saving");
    try {
      this.etag = await this.save(value, this.etag);
      this.#failures = 0;
      this.failing = false;
      this.#become(this.#next === undefined ? "saved" : "changed");
      if (this.#next !== undefined) this.#later();
    } catch (error) {
      this.#next ??= value;
      this.failing = true;
      this.#become(problemOf(error).status === 412 ? "outdated" : "failed", error);
      if (isPassing(error)) this.#again();
    }
  }

  /** Save over what somebody else has saved, now that it was seen. */
  over(etag: string): Promise<void> {
    this.etag = etag;
    this.#become("changed");
    return this.flush();
  }

  /** Forget what is not saved. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#next = undefined;
    this.#since = undefined;
    this.failing = false;
  }

  get dirty(): boolean {
    return this.state !== "saved";
  }

  #later(): void {
    const { pause, longest } = this.patience;
    const waited = Date.now() - (this.#since ?? Date.now());
    this.#wait(Math.max(0, Math.min(pause, longest - waited)));
  }

  #again(): void {
    const { again, rarest } = this.patience;
    this.#wait(Math.min(rarest, again * 2 ** this.#failures++));
  }

  #wait(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), milliseconds);
  }

  #become(state: SaveState, error?: unknown): void {
    this.state = state;
    this.error = error;
    this.tell();
  }
}
