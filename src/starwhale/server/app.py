"""The composition root: one application out of services, routes and gates."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from starwhale.core.release import __version__
from starwhale.server import problems
from starwhale.server.access import declared
from starwhale.server.bodies import BodyLimit
from starwhale.server.callers import Callers
from starwhale.server.gate import Gate
from starwhale.server.routers import accounts, artifacts, blobs, health, members, projects, tokens, users
from starwhale.server.services import Services

if TYPE_CHECKING:
    from starwhale.server.settings import ServerSettings

API = "/api/v1"
_ROUTES = (
    accounts.routes,
    users.routes,
    tokens.routes,
    projects.routes,
    members.routes,
    *artifacts.ROUTES,
    blobs.routes,
)


def create_app(settings: ServerSettings, services: Services | None = None) -> FastAPI:
    """The application of a server; nothing is opened before it starts.

    Args:
        settings: What it is started with.
        services: Its services; made of the settings by default.

    Raises:
        RuntimeError: a route does not say what it asks of its caller.
    """
    house = services or Services(settings.store)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        yield
        house.close()

    app = FastAPI(
        title="Starwhale",
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        generate_unique_id_function=lambda route: route.name,
        strict_content_type=True,
    )
    app.state.services, app.state.callers, app.state.settings = house, Callers(), settings
    app.include_router(health.routes.router)
    for routes in _ROUTES:
        app.include_router(routes.router, prefix=API)
    for _ in declared(app):
        continue
    problems.install(app)
    app.add_middleware(BodyLimit, largest=settings.largest_body)
    app.add_middleware(Gate, settings=settings)
    return app


def openapi(app: FastAPI) -> dict[str, Any]:
    """The description of the API (OpenAPI 3.1)."""
    return app.openapi()
