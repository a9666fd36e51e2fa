import { remembered } from "../shell/memory";

/**
 * The secret of the invitation that was opened in this tab last; an empty one is none.
 *
 * Whoever signs in on another page, or with another provider, comes back by an address that does not hold it, and no
 * address that a server sees may.
 */
export const invited = remembered(
  "invitation",
  (text) => text,
  () => sessionStorage,
);
