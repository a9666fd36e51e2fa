"""Events as they happen, read once for all who listen to this process: at news, and once a second."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from starlette.concurrency import run_in_threadpool

from starwhale.catalog.horizon import Horizon
from starwhale.catalog.tables.events import EventRow
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.core.errors import StarwhaleError
from starwhale.core.permissions import Action, Permission, Resource

if TYPE_CHECKING:
    from starwhale.catalog.engine import Catalog
    from starwhale.core.actor import Actor
    from starwhale.server.life import Life

_log = logging.getLogger("starwhale.events")
_REMEMBERED = 2000
_AT_ONCE = 200
#: Seconds between two looks at least, whatever happens.
_LEAST = 0.05
#: Who may see an event is who may see what it is about; of other nouns, who may read the audit.
_ABOUT = {
    **{each.value: each for each in Resource if each not in {Resource.WEBHOOK, Resource.ACCOUNT}},
    "template": Resource.JOB,
    "schedule": Resource.JOB,
    "view": Resource.REPORT,
    "panel": Resource.REPORT,
}
_AUDIT = Permission(Resource.AUDIT, Action.READ)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One change, as it is told to those who listen.

    Attributes:
        project: Name of the project; empty for what concerns the whole instance.
        project_id: Its number.
        public: Whether everybody may look into that project.
    """

    id: int
    at: datetime
    actor: str
    name: str
    payload: dict[str, Any]
    project: str
    project_id: int | None
    public: bool

    def is_for(self, actor: Actor) -> bool:
        """Whether somebody may learn of it."""
        about = _ABOUT.get(self.name.partition(".")[0])
        needed = _AUDIT if about is None else Permission(about, Action.READ)
        return actor.may(needed, self.project_id, public=self.public)


class Feed:
    """The events of one catalog, for any number of listeners.

    The last two thousand are kept in memory; whoever is further behind reads from the catalog, page by
    page, as fast as he takes them. So nobody who is slow makes the server remember anything for him.

    Args:
        catalog: Gives the catalog.
        life: The process; its end wakes all who listen.
        every: Seconds between two looks.
    """

    def __init__(self, catalog: Callable[[], Catalog], life: Life, every: float = 1.0) -> None:
        self._catalog = catalog
        self._life = life
        self._every = every
        self._recent: deque[Event] = deque(maxlen=_REMEMBERED)
        self._known_from = 0
        self._horizon: Horizon | None = None
        self._lock = asyncio.Lock()
        self._looked = 0.0
        self._nudged = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._seen = 0
        self._waiting: set[Callable[[], None]] = set()
        #: Counts the news that there were.
        self.news = 0

    def nudge(self) -> None:
        """Have all who listen look; called on the loop, as often as one likes."""
        self._nudged = time.monotonic()
        self._soon()

    async def wait(self, seconds: float, seen: int) -> bool:
        """Wait for news; see `Life.pause`.

        Args:
            seconds: For how long at most.
            seen: How many news there were when the caller looked last.
        """
        if self.news != seen:
            return not self._life.draining
        return await self._life.pause(seconds, self._waiting)

    def _soon(self) -> None:
        if self._timer is None:
            wait = max(0.0, self._looked + _LEAST - time.monotonic())
            self._timer = asyncio.get_running_loop().call_later(wait, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self.news += 1
        for wake in list(self._waiting):
            wake()

    async def present(self) -> int:
        """Number of the last event that everybody can see."""
        await self._look()
        return self._horizon.reached if self._horizon is not None else 0

    async def after(self, number: int, project: int | None) -> tuple[Sequence[Event], int]:
        """The next events.

        Args:
            number: Those that come after this one.
            project: Only those of this project; None for all.

        Returns:
            Some of them, in their order, and the number from which to go on.
        """
        last = await self.present()
        if number >= last:
            return (), number
        if number >= self._known_from:
            found = [each for each in self._recent if each.id > number][:_AT_ONCE]
            reached = found[-1].id if len(found) == _AT_ONCE else last
        else:
            found = await run_in_threadpool(self._read, number, last, project)
            reached = found[-1].id if len(found) == _AT_ONCE else last
        return [each for each in found if project is None or each.project_id == project], reached

    async def _look(self) -> None:
        async with self._lock:
            now = time.monotonic()
            fresh = self.news == self._seen and now - self._looked < self._every
            if self._horizon is not None and fresh:
                return
            self._seen = self.news
            first = self._horizon is None
            if self._horizon is None:
                self._horizon = Horizon(self._catalog())
            before = self._horizon.reached
            try:
                last = await run_in_threadpool(self._horizon.look)
                if first or last - before > _REMEMBERED:
                    self._recent.clear()
                    self._known_from = last
                elif last > before:
                    await self._remember(before, last)
            except StarwhaleError as exc:
                self._horizon.reached = before
                _log.warning("events wait: %s", exc)
            self._looked = time.monotonic()
            if self._horizon.waits and self._looked - self._nudged < self._every:
                self._soon()

    async def _remember(self, before: int, last: int) -> None:
        fresh = list[Event]()
        while before < last:
            found = await run_in_threadpool(self._read, before, last, None)
            fresh += found
            before = found[-1].id if len(found) == _AT_ONCE else last
        # All of them or none: whoever fails here begins again where he began.
        forgotten = [*self._recent, *fresh][:-_REMEMBERED]
        if forgotten:
            self._known_from = forgotten[-1].id
        self._recent.extend(fresh)

    def _read(self, after: int, last: int, project: int | None) -> list[Event]:
        which = [EventRow.id > after, EventRow.id <= last]
        if project is not None:
            which.append(EventRow.project_id == project)
        query = (
            select(EventRow, ProjectRow.name, ProjectRow.public)
            .outerjoin(ProjectRow, ProjectRow.id == EventRow.project_id)
            .where(*which)
            .order_by(EventRow.id)
            .limit(_AT_ONCE)
        )
        with self._catalog().read() as session:
            return [_event(row, name, public) for row, name, public in session.execute(query)]


def _event(row: EventRow, project: str | None, public: bool | None) -> Event:
    return Event(
        id=row.id,
        at=row.at,
        actor=row.actor,
        name=row.name,
        payload=row.payload,
        project=project or "",
        project_id=row.project_id,
        public=bool(public),
    )
