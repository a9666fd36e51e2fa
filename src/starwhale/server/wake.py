"""Has whoever waits for changes look at once instead of at his next round."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from starwhale.catalog.messenger import Messenger
from starwhale.server.background import catalog_of

if TYPE_CHECKING:
    from fastapi import FastAPI

    from starwhale.catalog.news import Nouns

_JOB = "job"


async def hear_news(app: FastAPI) -> None:
    """Wake streams of events, and the attendant of jobs, for as long as the server lives.

    What this process writes is heard at once, whatever the catalog is. What others write is on PostgreSQL;
    elsewhere, and while the connection is broken, it is found by looking.
    """
    catalog, life, loop = await catalog_of(app), app.state.life, asyncio.get_running_loop()

    def hear(nouns: Nouns) -> None:
        # The loop may have ended while somebody still writes.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(app.state.feed.nudge)
        attendant = getattr(app.state, "attendant", None)
        if attendant is not None and (not nouns or _JOB in nouns):
            attendant.wake()

    leave = catalog.news.listen(hear)
    messenger = Messenger(catalog) if catalog.dialect == "postgresql" else None
    app.state.messenger = messenger
    try:
        while await life.pause(3600.0):
            continue
    finally:
        leave()
        if messenger is not None:
            await run_in_threadpool(messenger.close)
