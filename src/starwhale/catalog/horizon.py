"""How far events may be read without missing one.

Numbers of events are given out when a transaction writes them, and seen when it commits: on PostgreSQL the
event 8 may be there before the event 7 is. Whoever remembers only the last number he saw would never see 7.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import func, select, text

from starwhale.catalog.tables.events import EventRow

if TYPE_CHECKING:
    from starwhale.catalog.engine import Catalog

_LAST = text("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM events_id_seq")
# Whoever inserts into a table holds this lock from before he takes a number until he has ended.
_WRITING = text(
    "SELECT virtualtransaction FROM pg_locks WHERE relation = 'events'::regclass"
    " AND mode = 'RowExclusiveLock' AND granted"
)


@dataclass(slots=True)
class Horizon:
    """The last event below which none will appear any more. One reader's own; not for several threads.

    Attributes:
        reached: Its number; it never falls.
    """

    catalog: Catalog
    reached: int = 0
    _waiting: tuple[int, frozenset[str]] | None = field(default=None, repr=False)

    @property
    def waits(self) -> bool:
        """Whether there is more, as soon as transactions that are under way have ended."""
        return self._waiting is not None

    def look(self) -> int:
        """Look how far it is now; three quick queries at most."""
        if self.catalog.dialect == "sqlite":
            # One writer at a time: numbers appear in their order.
            with self.catalog.read() as session:
                found = session.scalar(select(func.max(EventRow.id))) or 0
            self.reached = max(self.reached, found)
        else:
            self._look_past_writers()
        return self.reached

    def _look_past_writers(self) -> None:
        # Each question is a transaction of its own, so that it sees the present.
        if self._waiting is not None:
            last, before = self._waiting
            self._wait_for(last, before & self._writers())
        # What was written while that was waited for is not told of again.
        if self._waiting is None:
            with self.catalog.connect() as connection:
                last = int(connection.scalar(_LAST) or 0)
            if last > self.reached:
                self._wait_for(last, self._writers())

    def _wait_for(self, last: int, writers: frozenset[str]) -> None:
        if writers:
            self._waiting = (last, writers)
        else:
            self.reached, self._waiting = max(self.reached, last), None

    def _writers(self) -> frozenset[str]:
        with self.catalog.connect() as connection:
            return frozenset(connection.scalars(_WRITING))
