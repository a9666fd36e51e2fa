"""What the server counts of itself."""

from __future__ import annotations

from fastapi import Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from starwhale.server.access import ANYBODY, MARK, Routes
from starwhale.server.metrics import scraper

routes = Routes("", "operations", root="")


# Not by `routes.get`: what Prometheus shows is no token of an account, and would be refused as a wrong one.
@routes.router.get(
    "/metrics",
    dependencies=[Depends(scraper)],
    openapi_extra={MARK: ANYBODY.value},
    include_in_schema=False,
)
def metrics(request: Request) -> Response:
    """Figures for Prometheus: for administrators, and whoever shows the token of the settings."""
    return Response(request.app.state.metrics.text(), media_type=CONTENT_TYPE_LATEST)
