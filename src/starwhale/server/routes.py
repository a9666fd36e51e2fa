"""Every route of the server, put together once for all applications of a process."""

from __future__ import annotations

from functools import cache

from fastapi import APIRouter
from starlette.routing import BaseRoute

from starwhale.server.routers import (
    accounts,
    artifacts,
    audit,
    blobs,
    console,
    consumption,
    evaluations,
    events,
    files,
    health,
    invitations,
    job_services,
    jobs,
    lineage,
    logins,
    media,
    members,
    metrics,
    oidc,
    packages,
    pools,
    projects,
    reports,
    rows,
    runs,
    schedules,
    system,
    table_changes,
    table_comparison,
    tables,
    templates,
    tokens,
    trash,
    uploads,
    users,
    views,
    webhooks,
    work,
)

API = "/api/v1"
# Routes are looked through in this order: first what programs ask for a thousand times.
_ROUTES = (
    work.routes,
    table_changes.routes,
    runs.routes,
    *artifacts.ROUTES,
    blobs.routes,
    tables.routes,
    rows.routes,
    uploads.routes,
    accounts.routes,
    users.routes,
    tokens.routes,
    projects.routes,
    members.routes,
    oidc.routes,
    logins.routes,
    audit.routes,
    invitations.routes,
    invitations.of_projects,
    *packages.ROUTES,
    trash.routes,
    events.routes,
    webhooks.routes,
    *files.ROUTES,
    *lineage.ROUTES,
    consumption.routes,
    consumption.sessions,
    media.routes,
    jobs.routes,
    job_services.routes,
    job_services.by_address,
    templates.routes,
    schedules.routes,
    pools.routes,
    system.routes,
    table_comparison.routes,
    evaluations.routes,
    *views.ROUTES,
    reports.routes,
    reports.shared,
)


@cache
def routes() -> tuple[BaseRoute, ...]:
    """The routes, in the order in which they are looked through.

    To put them together costs more than all else of an application, and none of them knows which it is of.
    """
    made = APIRouter(generate_unique_id_function=lambda route: route.name, strict_content_type=True)
    for each in (health.routes, logins.pages, metrics.routes):
        made.include_router(each.router)
    for each in _ROUTES:
        made.include_router(each.router, prefix=API)
    made.include_router(console.routes.router)
    return tuple(made.routes)
