"""Sealing the audit from time to time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from starwhale.core.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from fastapi import FastAPI

    from starwhale.server.life import Life

#: Seconds between two seals.
EVERY = 60.0


async def seal_audit(app: FastAPI) -> None:
    """Put seals on what has happened; several servers may do so."""
    life: Life = app.state.life

    def seal() -> None:
        app.state.services.audit.seal()

    while await life.pause(EVERY):
        try:
            await run_in_threadpool(seal)
        except (Conflict, Unavailable):
            continue  # another server has done it, or others write too much just now
