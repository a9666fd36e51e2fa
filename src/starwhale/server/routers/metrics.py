"""What the server counts of itself."""

from __future__ import annotations

from fastapi import Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from starwhale.server.access import ANYBODY, Routes
from starwhale.server.metrics import scraper

routes = Routes("", "operations")


@routes.get("/metrics", ANYBODY, dependencies=[Depends(scraper)], include_in_schema=False)
def metrics(request: Request) -> Response:
    """Figures for Prometheus: for administrators, and whoever shows the token of the settings."""
    return Response(request.app.state.metrics.text(), media_type=CONTENT_TYPE_LATEST)
