"""Garbage of a server: collected from time to time by one of those that share it, or when it is asked for."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from contextlib import closing
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson
from starlette.concurrency import run_in_threadpool

from starwhale.catalog.outbox import emit
from starwhale.core.actor import Actor
from starwhale.core.errors import StarwhaleError
from starwhale.kit.children import ask
from starwhale.kit.people import system_user
from starwhale.kit.times import utc_now
from starwhale.server.background import catalog_of
from starwhale.server.configuration import apply_env
from starwhale.server.services import Services
from starwhale.server.turns import Turns
from starwhale.server.upgrading import THIS_MACHINE, check_there

if TYPE_CHECKING:
    from fastapi import FastAPI

    from starwhale.artifacts.schemas import CollectionReport
    from starwhale.catalog.engine import Catalog, Session
    from starwhale.core.settings import Settings
    from starwhale.server.life import Life
    from starwhale.server.settings import ServerSettings

_log = logging.getLogger("starwhale.server")
#: The name of this work among turns.
GARBAGE = "garbage"
#: What of it is told of all times together.
FREED_IN_ALL = "freed_in_all"
PROGRAM = "starwhale.server.collector"
#: Seconds between two looks whether it is due.
_LOOK = 60.0
_SILENT = 3


def turns_of(catalog: Catalog, settings: Settings) -> Turns:
    """Turns of a server; one that cannot be seen counts as dead as attendants of jobs do."""
    return Turns(catalog, timedelta(seconds=_SILENT * settings.lease_seconds))


def collect(house: Services, actor: Actor, *, every: timedelta | None = None) -> CollectionReport:
    """Collect garbage; the servers may run, and be written to.

    Args:
        house: Services of the server.
        actor: Who has it done.
        every: So long after the last time, and not before; None for now.

    Raises:
        Conflict: another process does it, or has done it.
        Corrupted: it cannot be told which bytes are needed. Nothing is deleted.
    """
    turns = turns_of(house.catalog, house.settings)
    with turns.taken(GARBAGE, every=every) as outcome:
        known = turns.look(GARBAGE)
        before = int(known.done.get(FREED_IN_ALL, 0)) if known else 0
        outcome.done = dict(known.done) if known else {}
        report = house.collection.run(actor)
        outcome.done = {**asdict(report), FREED_IN_ALL: before + report.freed}

        def tell(session: Session) -> None:
            if report.purged or report.blobs or report.logs:
                emit(session, actor, "garbage.collected", asdict(report))

        outcome.also = tell
    return report


def collect_at(settings: ServerSettings, *, dry_run: bool = False) -> CollectionReport:
    """Collect the garbage of a server now, from beside it.

    Args:
        settings: Of the server, which may run meanwhile.
        dry_run: Only find out what would go.

    Raises:
        NotFound: there is no catalog.
        Conflict: another process does it.
        Corrupted: it cannot be told which bytes are needed. Nothing is deleted.
    """
    check_there(settings)
    apply_env(settings)
    house = Services(settings.store)
    actor = Actor(name=system_user(), admin=True, address=THIS_MACHINE)
    try:
        return house.collection.run(actor, dry_run=True) if dry_run else collect(house, actor)
    finally:
        house.close()


async def collect_garbage(app: FastAPI) -> None:
    """Collect garbage as often as the settings say, in a process of its own that others go before."""
    life: Life = app.state.life
    every: float = app.state.settings.collect_every * 3600
    if not every:
        while await life.pause(_LOOK):
            continue
        return
    await catalog_of(app)
    keeper = _Keeper(life, app.state.services, timedelta(seconds=every))
    await run_in_threadpool(keeper.begin)
    while await life.pause(min(_LOOK, every / 10)):
        try:
            # Not in the pool in which requests are answered: it takes as long as it takes.
            await asyncio.to_thread(keeper.look)
        except StarwhaleError as exc:
            _log.warning("garbage waits: %s", exc)


class _Keeper:
    """Whoever looks whether garbage is to be collected, for one server."""

    def __init__(self, life: Life, house: Services, every: timedelta) -> None:
        self._life = life
        self._house = house
        self._every = every
        self._turns = turns_of(house.catalog, house.settings)
        self._tidied = utc_now() - every

    def begin(self) -> None:
        self._turns.await_first(GARBAGE)

    def look(self) -> None:
        now = utc_now()
        if self._tidied + self._every <= now:
            # What lies on this machine alone is nothing that another server could do.
            self._tidied = now
            self._house.collection.tidy()
        turn = self._turns.look(GARBAGE)
        if turn is not None and turn.due(self._every, now):
            self._collect()

    def _collect(self) -> None:
        told = self._ask()
        if "report" in told:
            words = (
                "garbage is collected: %(purged)d things left the trash, %(blobs)d files, %(logs)d logs, "
                "%(freed)d bytes"
            )
            _log.info(words, told["report"])
        elif told.get("code") == "conflict":
            return  # another server was quicker
        elif not self._life.draining:
            why = told.get("message", "the process that does it has ended")
            _log.error("garbage could not be collected: %s", why)

    def _ask(self) -> dict[str, Any]:
        store = self._house.settings
        environment = {**os.environ, **store.to_env(), "PYTHONDONTWRITEBYTECODE": "1"}
        seconds = repr(self._every.total_seconds())
        command = [sys.executable, "-P", "-m", PROGRAM, "{answers}", seconds]
        with closing(ask(command, cwd=store.root, env=environment)) as lines:
            for line in lines:
                told: dict[str, Any] = orjson.loads(line)
                if "beat" not in told:
                    return told
                if self._life.draining:
                    break
        return {}
