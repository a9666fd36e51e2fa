import { type PageRoute, page } from "../shell/page";

const HOME = "/projects/:project/models";

export const routes: PageRoute[] = [
  { path: HOME, Page: page(["models", "artifacts"], () => import("./ModelsPage")) },
  { path: `${HOME}/:name`, Page: page(["models", "artifacts"], () => import("./ModelPage")) },
  {
    path: `${HOME}/:name/versions/:version`,
    Page: page(["models", "artifacts", "jobs"], () => import("./ModelVersionPage")),
  },
  { path: `${HOME}/:name/diff`, Page: page(["models", "artifacts"], () => import("./ModelDiffPage")) },
];
