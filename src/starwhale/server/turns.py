"""Turns: what servers do from time to time is done by one of them, and by none while another is at it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from starwhale.catalog.insertion import insert_if_new
from starwhale.catalog.tables.turns import TurnRow
from starwhale.core.errors import Conflict, StarwhaleError
from starwhale.jobs.liveness import lives
from starwhale.kit.process import ProcessId, this_process
from starwhale.kit.times import utc_now

if TYPE_CHECKING:
    from starwhale.catalog.engine import Catalog, Session

_log = logging.getLogger("starwhale.server")
#: So long after it was begun a turn is anybody's again whose server died with it.
AGAIN = timedelta(hours=1)
_NOBODY = {"owner_host": "", "owner_pid": 0, "owner_started": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What is known of some work.

    Attributes:
        owner: Who does it now; None for nobody.
        died: Whether whoever began it last is gone, and did not end it.
        began_at: When it was begun last, or since when it is waited for.
        ended_at: When it ended last; None for never.
        failure: Why it failed then.
        done: What it did then, and altogether.
    """

    owner: ProcessId | None
    died: bool
    began_at: datetime
    ended_at: datetime | None
    failure: str
    done: Mapping[str, Any]

    def due(self, every: timedelta, now: datetime) -> bool:
        """Whether it is to be done again."""
        wait = min(every, AGAIN) if self.died else every
        return self.owner is None and self.began_at + wait <= now


@dataclass(slots=True)
class Outcome:
    """What comes of a turn, for whoever has it to fill in.

    Attributes:
        done: What he did.
        also: Called in the transaction in which it ends.
    """

    done: dict[str, Any] = field(default_factory=dict[str, Any])
    also: Callable[[Session], None] = field(default=lambda _session: None)


@dataclass(frozen=True, slots=True)
class Turns:
    """Turns of one instance.

    Args:
        catalog: Where they are written down.
        patience: Silence after which a server that cannot be seen counts as dead.
    """

    catalog: Catalog
    patience: timedelta

    def look(self, name: str) -> Turn | None:
        """What is known of some work; None where nobody has waited for it yet."""
        with self.catalog.read() as session:
            return self._read(session, name)

    def await_first(self, name: str) -> None:
        """Have the first time come so long after now as the others after each other."""
        with self.catalog.begin() as session:
            self._make(session, name, utc_now())

    @contextmanager
    def taken(self, name: str, *, every: timedelta | None = None) -> Generator[Outcome]:
        """Do some work, while nobody else does.

        Args:
            name: Which.
            every: So long after the last time, and not before; None for now.

        Raises:
            Conflict: another process does it, or has done it.
        """
        me = this_process()
        began = self._take(name, me, every)
        outcome, ended = Outcome(), threading.Event()
        beating = threading.Thread(target=self._beat, args=(name, me, ended), name=name, daemon=True)
        beating.start()
        failure = "it was broken off"
        try:
            yield outcome
            failure = ""
        except StarwhaleError as exc:
            failure = exc.message
            raise
        finally:
            ended.set()
            beating.join()
            self._end(name, me, began, outcome, failure)

    def _make(self, session: Session, name: str, now: datetime) -> None:
        nothing: dict[str, Any] = {"began_at": now, "seen_at": now, "failure": "", "done": {}}
        row = {"name": name, **_NOBODY, **nothing, "ended_at": None}
        session.execute(insert_if_new(self.catalog.dialect, TurnRow, row))

    def _take(self, name: str, me: ProcessId, every: timedelta | None) -> datetime:
        now = utc_now()
        with self.catalog.begin() as session:
            self._make(session, name, now)
            turn = self._read(session, name, locked=True)
            if turn is not None and turn.owner is not None:
                since = f"{turn.began_at:%H:%M} UTC"
                raise Conflict(f"process {turn.owner} is at it since {since}", hint="wait until it is done")
            if every is not None and turn is not None and not turn.due(every, now):
                raise Conflict("another server has done it")
            mine = {"owner_host": me.host, "owner_pid": me.pid, "owner_started": me.started}
            session.execute(_change(name, {**mine, "began_at": now, "seen_at": now}))
        return now

    def _beat(self, name: str, me: ProcessId, ended: threading.Event) -> None:
        while not ended.wait(self.patience.total_seconds() / 3):
            try:
                with self.catalog.begin() as session:
                    session.execute(_change(name, {"seen_at": utc_now()}, me))
            except StarwhaleError as exc:
                _log.warning("it is not known that %s goes on: %s", name, exc)

    def _end(self, name: str, me: ProcessId, began: datetime, outcome: Outcome, failure: str) -> None:
        now = utc_now()
        with self.catalog.begin() as session:
            turn = self._read(session, name, locked=True)
            if turn is None or turn.owner != me or turn.began_at != began:
                return  # somebody took this process for dead
            ended = {"ended_at": now, "failure": failure, "done": outcome.done}
            session.execute(_change(name, {**_NOBODY, **ended}, me))
            outcome.also(session)

    def _read(self, session: Session, name: str, *, locked: bool = False) -> Turn | None:
        query = select(TurnRow).where(TurnRow.name == name).execution_options(populate_existing=True)
        row = session.scalar(query.with_for_update() if locked else query)
        if row is None:
            return None
        owner = ProcessId(host=row.owner_host, pid=row.owner_pid, started=row.owner_started)
        alive = lives(owner, row.seen_at, utc_now(), self.patience)
        return Turn(
            owner=owner if alive else None,
            died=bool(row.owner_host) and not alive,
            began_at=row.began_at,
            ended_at=row.ended_at,
            failure=row.failure,
            done=row.done,
        )


def _change(name: str, values: Mapping[str, Any], owner: ProcessId | None = None) -> Any:
    statement = update(TurnRow).where(TurnRow.name == name).values(**values)
    if owner is not None:
        statement = statement.where(TurnRow.owner_pid == owner.pid, TurnRow.owner_host == owner.host)
    return statement.execution_options(synchronize_session=False)
