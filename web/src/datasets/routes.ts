import { type PageRoute, page } from "../shell/page";

const HOME = "/projects/:project/datasets";

export const routes: PageRoute[] = [
  { path: HOME, Page: page(["datasets", "artifacts"], () => import("./DatasetsPage")) },
  { path: `${HOME}/:name`, Page: page(["datasets", "artifacts"], () => import("./DatasetPage")) },
  {
    path: `${HOME}/:name/versions/:version`,
    Page: page(["datasets", "artifacts"], () => import("./DatasetVersionPage")),
  },
];
