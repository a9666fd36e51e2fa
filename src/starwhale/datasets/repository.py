"""Queries of sessions that share the rows of a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, update
from sqlalchemy import insert as insert_into

from starwhale.catalog.tables.datasets import ConsumptionRangeRow, ConsumptionRow

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from starwhale.kit.process import ProcessId


@dataclass(frozen=True, slots=True)
class ConsumptionRepository:
    """Sessions and their ranges as rows of the transaction `session`."""

    session: Session

    def find(self, project_id: int, name: str) -> ConsumptionRow | None:
        """The session of that name, locked until the transaction ends."""
        return self.session.scalar(
            select(ConsumptionRow)
            .where(ConsumptionRow.project_id == project_id, ConsumptionRow.session == name)
            .with_for_update()
        )

    def lock(self, number: int) -> ConsumptionRow | None:
        """The session of that number, locked until the transaction ends."""
        found = select(ConsumptionRow).where(ConsumptionRow.id == number)
        return self.session.scalar(found.with_for_update())

    def add(self, row: ConsumptionRow) -> None:
        """Add a session."""
        self.session.add(row)
        self.session.flush()

    def ranges(self, number: int) -> Sequence[ConsumptionRangeRow]:
        """What is being read, from the lowest position on."""
        return self.session.scalars(
            select(ConsumptionRangeRow)
            .where(ConsumptionRangeRow.consumption_id == number)
            .order_by(ConsumptionRangeRow.start)
        ).all()

    def hand_out(
        self, number: int, start: int, stop: int, token: int, process: ProcessId, expires_at: datetime
    ) -> None:
        """Note who reads a range."""
        self.session.execute(
            insert_into(ConsumptionRangeRow).values(
                consumption_id=number,
                start=start,
                stop=stop,
                token=token,
                host=process.host,
                pid=process.pid,
                started=process.started,
                expires_at=expires_at,
            )
        )

    def take_over(
        self, row: ConsumptionRangeRow, token: int, process: ProcessId, expires_at: datetime
    ) -> None:
        """Give a range to another process."""
        row.token, row.expires_at = token, expires_at
        row.host, row.pid, row.started = process.host, process.pid, process.started

    def prolong(self, number: int, token: int, expires_at: datetime) -> bool:
        """Move the end of a lease; whether it is still the one with `token`."""
        changed = self.session.execute(
            update(ConsumptionRangeRow)
            .where(*_mine(number, token))
            .values(expires_at=expires_at)
            .returning(ConsumptionRangeRow.start)
        )
        return changed.first() is not None

    def advance(self, number: int, token: int, done: int, expires_at: datetime) -> bool:
        """Let a range begin where its holder is, and move the end of the lease; whether it is still his."""
        found = self.session.scalar(select(ConsumptionRangeRow).where(*_mine(number, token)))
        if found is None:
            return False
        # A range keeps its last row until it is finished: the next one begins where it stops.
        start = max(found.start, min(done, found.stop - 1))
        changed = self.session.execute(
            update(ConsumptionRangeRow)
            .where(*_mine(number, token))
            .values(start=start, expires_at=expires_at)
            .returning(ConsumptionRangeRow.start)
            .execution_options(synchronize_session=False)
        )
        return changed.first() is not None

    def drop(self, number: int, token: int) -> bool:
        """Forget a range that was read through; whether the lease is still the one with `token`."""
        gone = self.session.execute(
            delete(ConsumptionRangeRow).where(*_mine(number, token)).returning(ConsumptionRangeRow.start)
        )
        return gone.first() is not None

    def open_ranges(self, number: int) -> int:
        """How many ranges are being read."""
        count = select(func.count()).where(ConsumptionRangeRow.consumption_id == number)
        return self.session.scalar(count) or 0

    def remove_finished(self, before: datetime) -> None:
        """Remove sessions that were finished before a moment."""
        self.session.execute(delete(ConsumptionRow).where(ConsumptionRow.finished_at < before))


def _mine(number: int, token: int) -> tuple[ColumnElement[bool], ...]:
    return (ConsumptionRangeRow.consumption_id == number, ConsumptionRangeRow.token == token)
