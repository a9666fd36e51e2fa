import { type PageRoute, page } from "../shell/page";

const HOME = "/projects/:project/evaluations";

export const routes: PageRoute[] = [
  {
    path: HOME,
    Page: page(["evaluations", "filtering", "grid", "jobs", "saved"], () => import("./EvaluationsPage")),
  },
  {
    path: `${HOME}/compare`,
    Page: page(["evaluations", "grid", "jobs", "saved"], () => import("./compare/ComparePage")),
  },
  {
    path: `${HOME}/rows`,
    Page: page(["evaluations", "grid", "media"], () => import("./rowwise/RowsPage")),
  },
  {
    path: `${HOME}/:job`,
    Page: page(["panels", "filtering", "grid", "media", "saved"], () => import("./board/BoardPage")),
  },
];
