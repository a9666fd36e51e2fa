import { parse } from "yaml";
import type { Placed } from "../../panels/boards";
import { shippedBoard } from "../../panels/release06";

/** The board that a file of a model describes; null where it describes none. */
export function readShipped(text: string): Placed[] | null {
  try {
    const board = shippedBoard(parse(text, { maxAliasCount: 0 }));
    return board.length > 0 ? board : null;
  } catch {
    return null;
  }
}
