import { lazy } from "react";

/** Values as what they are; that is much to load, and the page is there before. */
export const LateMedia = lazy(async () => ({ default: (await import("../../media/Media")).Media }));
