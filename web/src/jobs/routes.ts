import { type PageRoute, page } from "../shell/page";

export const routes: PageRoute[] = [
  { path: "/projects/:project/jobs", Page: page(["jobs"], () => import("./JobsPage")) },
  { path: "/projects/:project/jobs/:job", Page: page(["jobs"], () => import("./JobPage")) },
];
