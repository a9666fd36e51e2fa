"""What a server does without being asked: tasks that run beside the answering of requests."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Self

from starlette.concurrency import run_in_threadpool

from starwhale.core.errors import StarwhaleError
from starwhale.kit import heap
from starwhale.webhooks.courier import Courier
from starwhale.webhooks.sending import Sender

if TYPE_CHECKING:
    from fastapi import FastAPI

    from starwhale.catalog.engine import Catalog
    from starwhale.server.life import Life

_log = logging.getLogger("starwhale.server")
Task = Callable[["FastAPI"], Awaitable[None]]
_AGAIN = 5.0
_LAST = 10.0
_TIDY_EVERY = 5.0


class Background:
    """Runs tasks for as long as a server lives; one that fails is begun again.

    Args:
        app: What they work for.
        life: Its life; a task ends when it does, see `Life.pause`.
        tasks: Each a coroutine of the application.
    """

    def __init__(self, app: FastAPI, life: Life, tasks: Sequence[Task]) -> None:
        self._app = app
        self._life = life
        self._tasks = tasks
        self._running: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._running = [asyncio.create_task(self._keep(each)) for each in self._tasks]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._life.drain()
        if self._running:
            late = (await asyncio.wait(self._running, timeout=_LAST))[1]
            for each in late:
                each.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _keep(self, task: Task) -> None:
        while True:
            try:
                await task(self._app)
            except Exception:  # noqa: BLE001  (whatever it is, the server goes on and says so)
                _log.exception("%s failed and is begun again", getattr(task, "__name__", task))
            if not await self._life.pause(_AGAIN):
                return


async def deliver_webhooks(app: FastAPI) -> None:
    """Tell webhooks of events."""
    life, settings = app.state.life, app.state.settings
    courier = Courier(await catalog_of(app), Sender(private=settings.webhooks_to_private))
    await courier.run(life.pause)


async def give_back_memory(app: FastAPI) -> None:
    """Keep no more memory than is in use, after whatever was asked of the server."""
    life: Life = app.state.life
    answered = 0
    while await life.pause(_TIDY_EVERY):
        if life.requests != answered:
            answered = life.requests
            await run_in_threadpool(heap.give_back)


async def catalog_of(app: FastAPI) -> Catalog:
    """The catalog, as soon as it answers."""
    life: Life = app.state.life
    while True:
        try:
            return await run_in_threadpool(lambda: app.state.services.catalog)
        except StarwhaleError as exc:
            _log.warning("the catalog does not answer: %s", exc)
            if not await life.pause(_AGAIN):
                raise
