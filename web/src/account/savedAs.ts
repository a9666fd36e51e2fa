import type { QueryClient } from "@tanstack/react-query";
import { notice } from "../api/asking";
import { Fault } from "../api/fault";
import { meQuery } from "./me";

/**
 * Saves what somebody has written as him and as nobody else: in another tab somebody else may have signed in.
 *
 * Throws: a fault with status 401 where he is signed in no more, and whatever saving throws.
 */
export async function savedAs<Saved>(
  name: string,
  asking: QueryClient,
  save: () => Promise<Saved>,
): Promise<Saved> {
  const me = await asking.fetchQuery({ ...meQuery, staleTime: 0 });
  if (me?.name !== name) throw new Fault({ status: 401, code: "unauthorized", detail: "", hint: "" });
  try {
    return await save();
  } catch (error) {
    notice(asking, error);
    throw error;
  }
}
