import { useRef } from "react";

// No interface: the client takes only what could hold further keys.
type Meant<Body> = {
  params: { header: { "Idempotency-Key": string } };
  body: Body;
};

/**
 * What is asked of routes that make something: the same intention, sent again because an answer was lost, is the
 * very same request and is carried out once; another intention is another request.
 */
export class Intention<Body> {
  #wanted = "";
  #meant: Meant<Body> | undefined;

  /** The request for what is wanted; `body` makes it of that, the first time. */
  meant(wanted: unknown, body: () => Body): Meant<Body> {
    const text = JSON.stringify(wanted);
    if (!this.#meant || text !== this.#wanted) {
      this.#wanted = text;
      this.#meant = { params: { header: { "Idempotency-Key": randomKey() } }, body: body() };
    }
    return this.#meant;
  }

  /** What comes next is meant anew, also where it reads the same. */
  done(): void {
    this.#meant = undefined;
  }
}

// `crypto.randomUUID` is missing where a server is reached without HTTPS.
function randomKey(): string {
  const bytes = [...crypto.getRandomValues(new Uint8Array(16))];
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function useIntention<Body>(): Intention<Body> {
  const kept = useRef<Intention<Body>>(null);
  kept.current ??= new Intention<Body>();
  return kept.current;
}
