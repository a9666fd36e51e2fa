import { type PageRoute, page } from "../shell/page";

const HOME = "/projects/:project/runtimes";

export const routes: PageRoute[] = [
  { path: HOME, Page: page(["runtimes", "artifacts"], () => import("./RuntimesPage")) },
  { path: `${HOME}/:name`, Page: page(["runtimes", "artifacts"], () => import("./RuntimePage")) },
  {
    path: `${HOME}/:name/versions/:version`,
    Page: page(["runtimes", "artifacts", "grid", "models", "jobs"], () => import("./RuntimeVersionPage")),
  },
  { path: `${HOME}/:name/diff`, Page: page(["runtimes", "artifacts"], () => import("./RuntimeDiffPage")) },
];
