import { type PageRoute, page } from "../shell/page";

export const routes: PageRoute[] = [
  { path: "/projects/:project/jobs", Page: page(["jobs"], () => import("./JobsPage")) },
  { path: "/projects/:project/jobs/new", Page: page(["jobs"], () => import("./NewJobPage")) },
  { path: "/projects/:project/jobs/templates", Page: page(["jobs"], () => import("./TemplatesPage")) },
  { path: "/projects/:project/jobs/schedules", Page: page(["jobs"], () => import("./SchedulesPage")) },
  { path: "/projects/:project/jobs/:job", Page: page(["jobs", "panels"], () => import("./JobPage")) },
];
