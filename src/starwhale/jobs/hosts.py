"""Servers that run jobs: what they say of themselves, and which of them are alive."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from starwhale.catalog.engine import Catalog, Session
from starwhale.catalog.tables.hosts import JobHostRow
from starwhale.jobs.capacity import Capacity
from starwhale.jobs.liveness import lives
from starwhale.kit.process import ProcessId, this_process
from starwhale.kit.times import utc_now

Labels = Mapping[str, str]


def belongs(labels: Labels, wanted: Labels) -> bool:
    """Whether a server with `labels` belongs to a pool that wants some."""
    return all(labels.get(name) == value for name, value in wanted.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """One server that runs jobs.

    Attributes:
        labels: What it is labelled with.
        capacity: What it has for tasks.
    """

    id: str = field(default_factory=lambda: secrets.token_hex(16))
    labels: Labels = field(default_factory=dict[str, str])
    capacity: Capacity


@dataclass(frozen=True, slots=True, kw_only=True)
class HostService:
    """Servers of one instance.

    Args:
        catalog: Where they are written down.
        patience: Silence after which one that cannot be seen counts as dead.
    """

    catalog: Catalog
    patience: timedelta

    def announce(self, host: Host) -> None:
        """Say that this process runs jobs, as this host; again and again, for as long as it does."""
        me, now = this_process(), utc_now()
        seen = update(JobHostRow).where(JobHostRow.id == host.id).values(seen_at=now)
        with self.catalog.begin() as session:
            if session.connection().execute(seen).rowcount:
                return
            dead = [row.id for row in session.execute(_ALL) if not self._lives(row, now)]
            session.execute(delete(JobHostRow).where(JobHostRow.id.in_(dead)))
            session.execute(
                insert(JobHostRow).values(
                    id=host.id,
                    owner_host=me.host,
                    owner_pid=me.pid,
                    owner_started=me.started,
                    labels=dict(host.labels),
                    capacity=host.capacity.to_json(),
                    seen_at=now,
                )
            )

    def withdraw(self, host: Host) -> None:
        """Say that this process runs no jobs any more."""
        with self.catalog.begin() as session:
            session.execute(delete(JobHostRow).where(JobHostRow.id == host.id))

    def alive(self, session: Session) -> Sequence[Host]:
        """Those that are alive."""
        now = utc_now()
        return [
            Host(id=row.id, labels=row.labels, capacity=Capacity.from_json(row.capacity))
            for row in session.execute(_ALL)
            if self._lives(row, now)
        ]

    def _lives(self, row: Row[*tuple[Any, ...]], now: datetime) -> bool:
        process = ProcessId(host=row.owner_host, pid=row.owner_pid, started=row.owner_started)
        return lives(process, row.seen_at, now, self.patience)


_ALL = select(
    JobHostRow.id,
    JobHostRow.owner_host,
    JobHostRow.owner_pid,
    JobHostRow.owner_started,
    JobHostRow.labels,
    JobHostRow.capacity,
    JobHostRow.seen_at,
)
