import { type PageRoute, page } from "../shell/page";

const HOME = "/projects/:project/datasets";

export const routes: PageRoute[] = [
  { path: HOME, Page: page(["datasets", "artifacts"], () => import("./DatasetsPage")) },
  { path: `${HOME}/:name`, Page: page(["datasets", "artifacts"], () => import("./DatasetPage")) },
  {
    path: `${HOME}/:name/diff`,
    Page: page(["datasets", "artifacts", "media"], () => import("./DatasetDiffPage")),
  },
  {
    path: `${HOME}/:name/versions/:version`,
    Page: page(
      ["datasets", "artifacts", "grid", "media", "rows", "models", "jobs"],
      () => import("./DatasetVersionPage"),
    ),
  },
];
