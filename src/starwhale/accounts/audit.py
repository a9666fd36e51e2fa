"""The audit: who did what, when, from where; and seals that show whether somebody changed it afterwards.

Every change of the catalog writes its event in its own transaction. From time to time a seal is put on the
events since the last one: the SHA-256 of the seal before and of each of them. Whoever changes, removes or
slips in an event under a seal breaks the chain there. Whoever can write the database could forge the whole
chain, so the digest of each seal is also written into the server's log: `verify` can be given one from there.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import func, insert, select, text

from starwhale.accounts.schemas import Chain, EventRead
from starwhale.catalog.tables.doorways import SealRow
from starwhale.catalog.tables.events import EventRow
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.core.errors import Forbidden, UsageError
from starwhale.core.page import LARGEST
from starwhale.core.permissions import Action, Permission, Resource
from starwhale.kit.times import utc_now
from starwhale.projects.service import ProjectService

if TYPE_CHECKING:
    from starwhale.catalog.engine import Catalog, Session
    from starwhale.core.actor import Actor

_log = logging.getLogger("starwhale.audit")
READ_AUDIT = Permission(Resource.AUDIT, Action.READ)
READ_SYSTEM = Permission(Resource.SYSTEM, Action.READ)
_AT_ONCE = 10_000
_BEGINNING = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """Which events are wanted.

    Attributes:
        name: Beginning of what happened, such as ``member.``.
        actor: Login name of who did it; None for everybody, empty for who did not say.
        since: Not before this moment.
        until: Before this moment.
    """

    name: str = ""
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditService:
    """The audit of one catalog."""

    catalog: Catalog

    def page(
        self,
        actor: Actor,
        project: str = "",
        chosen: EventFilter | None = None,
        *,
        before: int | None = None,
        size: int = 50,
    ) -> tuple[list[EventRead], bool]:
        """Some events, the newest first.

        Args:
            actor: Who asks.
            project: Where they happened; empty for the whole instance.
            chosen: Which of them.
            before: Only those with a smaller number than this; all where it is None.
            size: How many at most, 1 to 1000.

        Returns:
            The events, and whether there are older ones.

        Raises:
            NotFound: there is no such project.
            Forbidden: the caller does not own it, or does not administer the instance.
            UsageError: so many cannot be had.
        """
        if not 1 <= size <= LARGEST:
            raise UsageError(f"a page cannot hold {size} events", hint=f"1 to {LARGEST}")
        with self.catalog.read() as session:
            conditions = [*self._permitted(session, actor, project), *_chosen(chosen or EventFilter())]
            if before is not None:
                conditions.append(EventRow.id < before)
            query = (
                select(EventRow, ProjectRow.name)
                .outerjoin(ProjectRow, ProjectRow.id == EventRow.project_id)
                .where(*conditions)
                .order_by(EventRow.id.desc())
                .limit(size + 1)
            )
            found = [_read(row, name) for row, name in session.execute(query)]
        return found[:size], len(found) > size

    def export(
        self, actor: Actor, project: str = "", chosen: EventFilter | None = None
    ) -> Iterator[EventRead]:
        """All events, the newest first; read page by page, so that any number costs no memory.

        Raises:
            NotFound: there is no such project.
            Forbidden: the caller does not own it, or does not administer the instance.
        """
        first, _ = self.page(actor, project, chosen, size=LARGEST)
        return self._rest(actor, project, chosen, first)

    def seal(self) -> int:
        """Put a seal on the events since the last one; how many are under it.

        Raises:
            Conflict: another server has just sealed the same events.
            Unavailable: others write for so long that this was given up.
        """
        newest = self._settled()
        sealed = 0
        while True:
            with self.catalog.begin() as session:
                query = select(SealRow).order_by(SealRow.id.desc()).limit(1)
                last = session.execute(query).scalar_one_or_none()
                after, before = (last.last, last.digest) if last is not None else (0, _BEGINNING)
                part = (EventRow.id > after, EventRow.id <= newest)
                digest, rows = _digest(session, before, *part)
                if not rows:
                    return sealed
                values = {"first": rows[0], "last": rows[-1], "count": len(rows), "digest": digest}
                session.execute(insert(SealRow).values(**values, created_at=utc_now()))
            _log.info("events %d to %d are sealed: %s", rows[0], rows[-1], digest)
            sealed += len(rows)

    def verify(self, actor: Actor, expected: str = "") -> Chain:
        """Whether the chain of seals is whole.

        Args:
            actor: An administrator.
            expected: Digest of a seal that was noted elsewhere; empty for none.

        Raises:
            Forbidden: the caller does not administer the instance.
        """
        if not actor.may(READ_SYSTEM):
            raise Forbidden("only administrators of the instance may do this")
        digest, last, found, count = _BEGINNING, 0, not expected, 0
        with self.catalog.read() as session:
            for seal in session.scalars(select(SealRow).order_by(SealRow.id)):
                part = (EventRow.id > last, EventRow.id <= seal.last)
                digest, rows = _digest(session, digest, *part, limit=seal.count + 1)
                if digest != seal.digest or len(rows) != seal.count:
                    return Chain(whole=False, broken_at=(seal.first, seal.last), sealed=count, digest="")
                last, count, found = seal.last, count + seal.count, found or digest == expected
            waiting = session.scalar(select(func.count()).where(EventRow.id > last)) or 0
        broken = None if found else (1, last)
        return Chain(whole=found, broken_at=broken, sealed=count, digest=digest, waiting=waiting)

    def _rest(
        self, actor: Actor, project: str, chosen: EventFilter | None, some: list[EventRead]
    ) -> Iterator[EventRead]:
        while some:
            yield from some
            some, _ = self.page(actor, project, chosen, before=some[-1].id, size=LARGEST)

    def _permitted(self, session: Session, actor: Actor, project: str) -> list[Any]:
        if project:
            return [
                EventRow.project_id == ProjectService(self.catalog).id_in(session, actor, project, READ_AUDIT)
            ]
        if not actor.may(READ_SYSTEM):
            raise Forbidden("only administrators of the instance may do this")
        return []

    def _settled(self) -> int:
        """The largest number below which no event can appear any more.

        PostgreSQL hands out numbers before their transactions commit; whoever writes events holds a lock on
        the table until then, so that waiting for all such locks is waiting for all smaller numbers.
        """
        with self.catalog.begin() as session:
            if self.catalog.dialect == "postgresql":
                session.execute(text("SET LOCAL lock_timeout = '2s'"))
                session.execute(text("LOCK TABLE events IN SHARE MODE"))
            return session.scalar(select(func.max(EventRow.id))) or 0


def _digest(session: Session, before: str, *part: Any, limit: int = _AT_ONCE) -> tuple[str, list[int]]:
    """The digest of a seal, and the numbers of the events under it."""
    found, numbers = hashlib.sha256(before.encode()), list[int]()
    query = select(EventRow).where(*part).order_by(EventRow.id).limit(limit)
    for row in session.scalars(query.execution_options(yield_per=1000)):
        found.update(_written(row))
        numbers.append(row.id)
    return found.hexdigest(), numbers


def _written(row: EventRow) -> bytes:
    facts = [
        row.id,
        row.at.isoformat(),
        row.actor,
        row.name,
        row.payload,
        row.project_id,
        row.user_id,
        row.address,
        row.request,
    ]
    return orjson.dumps(facts, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def _chosen(chosen: EventFilter) -> Iterator[Any]:
    if chosen.name:
        yield EventRow.name.startswith(chosen.name, autoescape=True)
    if chosen.actor is not None:
        yield EventRow.actor == chosen.actor
    if chosen.since is not None:
        yield EventRow.at >= chosen.since
    if chosen.until is not None:
        yield EventRow.at < chosen.until


def _read(row: EventRow, project: str | None) -> EventRead:
    return EventRead(
        id=row.id,
        at=row.at,
        actor=row.actor,
        name=row.name,
        project=project,
        address=row.address,
        request=row.request,
        payload=row.payload,
    )
