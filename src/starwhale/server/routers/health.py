"""Whether the server is alive, and ready; the description of the API."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import text

from starwhale.core.release import __version__
from starwhale.server.access import ANYBODY, Routes
from starwhale.server.callers import services_of
from starwhale.server.life import life_of

routes = Routes("", "operations", root="")


@routes.get("/healthz", ANYBODY)
async def health() -> dict[str, str]:
    """Whether the process answers at all."""
    return {"status": "ok"}


@routes.head("/healthz", ANYBODY, include_in_schema=False, name="health_head")
async def health_head() -> Response:
    """The same without a word, as some load balancers ask."""
    return Response()


@routes.get("/readyz", ANYBODY)
def ready(request: Request) -> dict[str, str]:
    """Whether the server takes requests: it does not stop, and its catalog answers.

    Raises:
        Unavailable: it stops, or the catalog does not answer.
    """
    life_of(request).check_going_on()
    with services_of(request).catalog.connect() as connection:
        connection.execute(text("SELECT 1"))
    return {"status": "ok"}


@routes.head("/readyz", ANYBODY, include_in_schema=False, name="ready_head")
def ready_head(request: Request) -> Response:
    """The same without a word.

    Raises:
        Unavailable: it stops, or the catalog does not answer.
    """
    ready(request)
    return Response()


@routes.get("/api/v1/version", ANYBODY)
async def version() -> dict[str, str]:
    """Which release this is."""
    return {"version": __version__}


@routes.get("/api/v1/openapi.json", ANYBODY, include_in_schema=False)
async def openapi(request: Request) -> JSONResponse:
    """The description of the API."""
    description: dict[str, Any] = request.app.openapi()
    return JSONResponse(description, HTTPStatus.OK)
