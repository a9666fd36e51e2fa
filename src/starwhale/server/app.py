"""The composition root: one application out of services, routes and gates."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from starwhale.core.release import __version__
from starwhale.server import description, in_thread, problems, telemetry
from starwhale.server.access import declared
from starwhale.server.attendant import attend_jobs
from starwhale.server.background import Background, deliver_webhooks, give_back_memory
from starwhale.server.blob_answers import links_of
from starwhale.server.bodies import BodyLimit
from starwhale.server.callers import Callers
from starwhale.server.collecting import collect_garbage
from starwhale.server.configuration import Configuration
from starwhale.server.console import Console
from starwhale.server.feed import Feed
from starwhale.server.gate import Gate
from starwhale.server.life import Life
from starwhale.server.metrics import Counted, Metrics
from starwhale.server.route_index import Indexed
from starwhale.server.routes import routes
from starwhale.server.sealing import seal_audit
from starwhale.server.services import Services
from starwhale.server.shells import Shells
from starwhale.server.uploading import UploadBuilds, sweep_uploads
from starwhale.server.wake import hear_news
from starwhale.storage.layers.memory import MEMORY

if TYPE_CHECKING:
    from starwhale.server.settings import ServerSettings

#: What runs beside the answering of requests, in one process of a server.
TASKS = (deliver_webhooks, attend_jobs, seal_audit, sweep_uploads, collect_garbage)


def _services_of(settings: ServerSettings) -> Services:
    # Where jobs are not trusted, what they bring along is not either.
    return Services(settings.store, media_lasts=settings.media_lasts, trusts=not settings.worker_user)


def create_app(
    settings: ServerSettings, services: Services | None = None, *, background: bool = True
) -> FastAPI:
    """The application of a server; nothing is opened before it starts.

    Args:
        settings: What it is started with.
        services: Its services; made of the settings by default.
        background: Whether this process also does what nobody asks for, such as delivering webhooks.

    Raises:
        RuntimeError: a route does not say what it asks of its caller.
    """
    house, life = services or _services_of(settings), Life()
    MEMORY.limit = settings.table_cache

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        everywhere = (hear_news, give_back_memory)
        async with Background(app, life, (*everywhere, *(TASKS if background else ()))):
            yield
        await run_in_threadpool(telemetry.finish, app)
        # What still goes on has the catalog open.
        await run_in_threadpool(in_thread.finish)
        house.close()

    app = FastAPI(
        title="Starwhale",
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        routes=routes(),
        # Traces are our own; see `telemetry`.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    in_thread.stand_still(allowed=settings.store.catalog_url.startswith("sqlite"))
    app.state.services, app.state.callers, app.state.settings = house, Callers(), settings
    app.state.configuration = Configuration.of(settings)
    app.state.rates, app.state.provider = settings.rates, settings.provider
    app.state.links = links_of(settings)
    app.state.shells = Shells(settings.shell_idle)
    app.state.life, app.state.feed = life, Feed(lambda: house.catalog, life)
    app.state.console = Console()
    app.state.upload_builds = UploadBuilds(settings)
    app.state.metrics = Metrics(lambda: house.catalog)
    for _ in declared(app):
        continue
    app.router.middleware_stack = Indexed(app.router.middleware_stack, app.routes)
    problems.install(app)
    description.install(app)
    app.add_middleware(BodyLimit, largest=settings.largest_body)
    app.add_middleware(Gate, settings=settings)
    app.add_middleware(Counted, metrics=app.state.metrics, life=life)
    telemetry.install(app, settings)
    return app


def openapi(app: FastAPI) -> dict[str, Any]:
    """The description of the API (OpenAPI 3.1)."""
    return app.openapi()
