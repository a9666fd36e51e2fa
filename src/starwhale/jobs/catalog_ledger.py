"""The ledger as the catalog keeps it: each entry one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from starwhale.catalog.engine import Catalog
from starwhale.catalog.tables.jobs import JobRow
from starwhale.core.errors import Conflict
from starwhale.core.settings import DEFAULT_LEASE_SECONDS
from starwhale.jobs.board import Limits
from starwhale.jobs.boards import BoardRepository
from starwhale.jobs.events import Change, Release, Released, Stored
from starwhale.jobs.leases import Fenced, Holder, Lease, Unit
from starwhale.jobs.ledger import Adopted, Guard, Notice
from starwhale.jobs.liveness import ATTENDED, lives
from starwhale.jobs.plan import Key
from starwhale.jobs.ranges import RangeRepository
from starwhale.jobs.results_place import check_place
from starwhale.jobs.scheduler import take_over
from starwhale.jobs.states import JobState, Want
from starwhale.jobs.usage import TaskUsage
from starwhale.jobs.usages import UsageRepository
from starwhale.kit.process import ProcessId

_LOOK = select(JobRow.epoch, JobRow.want, JobRow.want_cause, JobRow.want_hurry).where(
    JobRow.id == bindparam("job")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogLedger:
    """See `Ledger`.

    Attributes:
        lease: How long a lease lasts unless it is prolonged.
        limits: How patient schedulers are.
    """

    catalog: Catalog
    lease_time: timedelta = timedelta(seconds=DEFAULT_LEASE_SECONDS)
    limits: Limits = field(default_factory=Limits)

    @property
    def patience(self) -> timedelta:
        """Silence after which a scheduler that cannot be seen counts as dead."""
        return 3 * self.lease_time

    def adopt(self, job: str, owner: ProcessId, now: datetime, *, force: bool = False) -> Adopted:
        """See `SchedulerLedger.adopt`."""
        with self.catalog.begin() as session:
            boards = BoardRepository(session)
            row = boards.lock(job)
            state = JobState(row.state)
            self._check_free(row, state, now, force=force)
            since = boards.running_since(job) if state in ATTENDED else None
            RangeRepository(session).release_all(job, forgive=state is JobState.FAIL)
            board, changes = take_over(boards.load(job, self.limits), _why(state, owner))
            boards.write(job, changes, now)
            boards.own(job, row.epoch + 1, owner, now)
        return Adopted(epoch=row.epoch + 1, job=board, since=since)

    def store(self, job: str, epoch: int, actions: Sequence[Stored], now: datetime) -> list[Released]:
        """See `SchedulerLedger.store`."""
        with self.catalog.begin() as session:
            boards = BoardRepository(session)
            boards.fence(job, epoch, now)
            boards.write(job, [each for each in actions if isinstance(each, Change)], now)
            UsageRepository(session).put(job, [each for each in actions if isinstance(each, TaskUsage)])
            ranges = RangeRepository(session)
            releases = [each for each in actions if isinstance(each, Release)]
            return [ranges.release(job, each, self.limits.deaths) for each in releases]

    def look(self, job: str, epoch: int, now: datetime, *, silent: bool = False) -> Notice:
        """See `SchedulerLedger.look`."""
        with self.catalog.read() as session:
            row = session.execute(_LOOK, {"job": job}).first()
            if row is None or row.epoch != epoch:
                raise Fenced(f"another process runs job {job[:12]} by now")
            return Notice(
                want=Want(row.want),
                cause=row.want_cause,
                hurry=row.want_hurry,
                silent=RangeRepository(session).silent(job, now) if silent else (),
            )

    def beat(self, job: str, epoch: int, live: Iterable[tuple[str, int]], now: datetime) -> None:
        """See `SchedulerLedger.beat`."""
        with self.catalog.begin() as session:
            BoardRepository(session).fence(job, epoch, now)
            RangeRepository(session).prolong_all(job, live, now + self.lease_time)

    def resign(self, job: str, epoch: int, cause: str, now: datetime) -> None:
        """See `SchedulerLedger.resign`."""
        with self.catalog.begin() as session:
            boards = BoardRepository(session)
            boards.fence(job, epoch, now)
            boards.disown(job, cause)

    def lease(self, holder: Holder, now: datetime) -> Lease | None:
        """See `WorkerLedger.lease`."""
        with self.catalog.begin() as session:
            return RangeRepository(session).lease(holder, now, self.lease_time)

    def lease_units(self, holders: Sequence[Holder], now: datetime) -> list[Unit]:
        """See `WorkerLedger.lease_units`."""
        with self.catalog.begin() as session:
            return RangeRepository(session).lease_units(holders, now, self.lease_time)

    def held(self, holder: Holder) -> Lease | None:
        """What an attempt has leased already, for whoever may not have heard of it.

        Raises:
            Fenced: the attempt, or the scheduler that submitted it, is not the present one.
        """
        with self.catalog.begin() as session:
            return RangeRepository(session).held(holder)

    def has_ended(self, lease: Lease) -> bool:
        """Whether the work of a lease was done under it, for whoever may not have heard of it."""
        with self.catalog.read() as session:
            return RangeRepository(session).has_ended(lease)

    def settle(self, leases: Sequence[Lease]) -> list[bool]:
        """See `WorkerLedger.settle`."""
        try:
            with self.catalog.begin() as session:
                RangeRepository(session).complete_units(leases)
        except Fenced:
            if len(leases) == 1:
                return [False]
            return [counts for lease in leases for counts in self.settle([lease])]
        return [True] * len(leases)

    def prolong(self, lease: Lease, now: datetime) -> None:
        """See `WorkerLedger.prolong`."""
        with self.catalog.begin() as session:
            RangeRepository(session).prolong(lease, now + self.lease_time)

    def advance(self, lease: Lease, upto: Key, rows: int, failed: int) -> Guard:
        """See `WorkerLedger.advance`."""

        def guard(session: Session) -> None:
            check_place(session, lease.holder.job)
            RangeRepository(session).advance(lease, upto, rows, failed)

        return guard

    def complete(self, lease: Lease, rows: int, failed: int) -> Guard:
        """See `WorkerLedger.complete`."""

        def guard(session: Session) -> None:
            check_place(session, lease.holder.job)
            RangeRepository(session).complete(lease, rows, failed)

        return guard

    def give_back(self, lease: Lease) -> None:
        """See `WorkerLedger.give_back`."""
        with self.catalog.begin() as session:
            RangeRepository(session).give_back(lease)

    def _check_free(self, row: Row[*tuple[Any, ...]], state: JobState, now: datetime, *, force: bool) -> None:
        name = str(row.id)[:12]
        if row.removed_at is not None:
            raise Conflict(f"job {name} was removed", hint=f"`swcli job recover {name}` brings it back")
        if state is JobState.SUCCESS:
            raise Conflict(f"job {name} has succeeded, nothing of it is left to run")
        owner = ProcessId(host=row.owner_host, pid=row.owner_pid, started=row.owner_started)
        if not force and lives(owner, row.heartbeat_at, now, self.patience):
            raise Conflict(f"job {name} is run by process {owner}", hint="wait for it, or cancel it")


def _why(state: JobState, owner: ProcessId) -> str:
    if state is JobState.CREATED:
        return ""
    if state in {JobState.READY, JobState.RUNNING, JobState.CANCELLING}:
        return f"its scheduler was gone; taken over by process {owner}"
    return f"resumed by process {owner}"
