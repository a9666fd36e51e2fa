import { problemOf } from "../api/fault";

export type SaveState = "saved" | "changed" | "saving" | "outdated" | "failed";

/** Saves what was changed once it has been left alone for a while, one after the other, never over what nobody saw. */
export class Autosave<Value> {
  state: SaveState = "saved";
  error: unknown;
  #next: Value | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * Args: `save` keeps a value if what is kept has this revision, and tells the new one; `tell` hears of each new
   * state; `pause` is how long it waits, in milliseconds.
   */
  constructor(
    private readonly save: (value: Value, etag: string) => Promise<string>,
    public etag: string,
    private readonly tell: () => void,
    private readonly pause = 1200,
  ) {}

  change(value: Value): void {
    this.#next = value;
    if (this.state === "saving" || this.state === "outdated") return;
    this.#become("changed");
    this.#later();
  }

  /** Save now what is still to be saved. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    const value = this.#next;
    if (value === undefined || this.state === "saving" || this.state === "outdated") return;
    this.#next = undefined;
    this.#become("saving");
    try {
      this.etag = await this.save(value, this.etag);
      this.#become(this.#next === undefined ? "saved" : "changed");
      if (this.#next !== undefined) this.#later();
    } catch (error) {
      this.#next ??= value;
      this.#become(problemOf(error).status === 412 ? "outdated" : "failed", error);
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
  }

  get dirty(): boolean {
    return this.state !== "saved";
  }

  #later(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), this.pause);
  }

  #become(state: SaveState, error?: unknown): void {
    this.state = state;
    this.error = error;
    this.tell();
  }
}
