import type { PageRoute } from "../shell/page";

export const routes: PageRoute[] = [];
