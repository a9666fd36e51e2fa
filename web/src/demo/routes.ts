import { type PageRoute, page } from "../shell/page";

export const routes: PageRoute[] = [
  { path: "/projects/:project/demo", Page: page(["demo", "jobs"], () => import("./SideBySidePage")) },
  { path: "/projects/:project/jobs/:job/demo", Page: page(["demo", "jobs"], () => import("./DemoPage")) },
];
