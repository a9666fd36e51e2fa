/** For how many milliseconds others are waited for that ask the same kind of thing. */
const GATHERED = 20;

interface Waiting<Answer> {
  take: (answer: Answer) => void;
  fail: (error: unknown) => void;
}

/**
 * Asks for things one by one, those that are asked for together with one question.
 *
 * Args: `ask` gets at most `most` names, and gives as many answers in their order.
 */
export function gathering<Answer>(
  ask: (names: string[]) => Promise<readonly Answer[]>,
  most: number,
): (name: string) => Promise<Answer> {
  let waiting = new Map<string, Waiting<Answer>[]>();
  const send = (): void => {
    const asked = [...waiting];
    waiting = new Map();
    if (asked.length > 0) void settle(asked, ask);
  };
  return (name) =>
    new Promise((take, fail) => {
      if (waiting.size === 0) setTimeout(send, GATHERED);
      waiting.set(name, [...(waiting.get(name) ?? []), { take, fail }]);
      if (waiting.size === most) send();
    });
}

async function settle<Answer>(
  asked: readonly [string, readonly Waiting<Answer>[]][],
  ask: (names: string[]) => Promise<readonly Answer[]>,
): Promise<void> {
  try {
    const found = await ask(asked.map(([name]) => name));
    for (const [place, [, each]] of asked.entries())
      for (const { take } of each) take(found[place] as Answer);
  } catch (error) {
    for (const [, each] of asked) for (const { fail } of each) fail(error);
  }
}
