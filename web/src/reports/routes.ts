import { type PageRoute, page } from "../shell/page";

const HOME = "/projects/:project/reports";

export const routes: PageRoute[] = [
  { path: HOME, Page: page(["reports"], () => import("./ReportsPage")) },
  {
    path: `${HOME}/:number`,
    Page: page(["reports", "panels", "filtering", "grid", "media"], () => import("./ReportPage")),
  },
  {
    path: "/reports/:secret",
    Page: page(["reports", "panels", "filtering", "grid", "media"], () => import("./SharedReportPage")),
  },
];
