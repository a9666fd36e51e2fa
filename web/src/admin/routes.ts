import { type PageRoute, page } from "../shell/page";

/** Pages of administrators, of whoever was invited, and of owners about their projects. */
export const routes: PageRoute[] = [
  { path: "/admin", Page: page(["admin"], () => import("./users/UsersPage")) },
  { path: "/admin/users", Page: page(["admin"], () => import("./users/UsersPage")) },
  { path: "/admin/pools", Page: page(["admin"], () => import("./pools/PoolsPage")) },
  { path: "/admin/settings", Page: page(["admin"], () => import("./SettingsPage")) },
  { path: "/admin/audit", Page: page(["admin"], () => import("./audit/AuditPage")) },
  { path: "/admin/health", Page: page(["admin"], () => import("./health/HealthPage")) },
  { path: "/invitation", Page: page(["admin"], () => import("./invitations/InvitationPage")) },
  { path: "/projects/:project/trash", Page: page(["admin"], () => import("./project/TrashPage")) },
  { path: "/projects/:project/webhooks", Page: page(["admin"], () => import("./project/WebhooksPage")) },
  {
    path: "/projects/:project/webhooks/:webhook",
    Page: page(["admin"], () => import("./project/WebhookPage")),
  },
  { path: "/projects/:project/audit", Page: page(["admin"], () => import("./project/ProjectAuditPage")) },
];
