"""The port of the ledger: what schedulers and workers have in writing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from starwhale.jobs.board import Job
from starwhale.jobs.events import Released, Stored
from starwhale.jobs.leases import Holder, Lease, Unit
from starwhale.jobs.plan import Key
from starwhale.jobs.states import Want
from starwhale.kit.process import ProcessId

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

Guard = Callable[["Session"], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """A job that a scheduler has taken.

    Attributes:
        epoch: What it shows whenever it writes.
        since: When it was begun by the scheduler before, where it only goes on; None where it begins now.
    """

    epoch: int
    job: Job
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a scheduler learns when it looks.

    Attributes:
        want: What the owner of the job asked for last.
        cause: Who and why.
        hurry: Workers are to be ended at once.
        silent: Attempts (task, attempt) that hold a lease which has run out.
    """

    want: Want
    cause: str
    hurry: bool = False
    silent: tuple[tuple[str, int], ...] = ()


class SchedulerLedger(Protocol):
    """What a scheduler writes and reads."""

    def adopt(self, job: str, owner: ProcessId, now: datetime, *, force: bool = False) -> Adopted:
        """Take a job that nobody runs: leases are taken back, what had not succeeded is ready again.

        Args:
            force: Take it even from a scheduler that lives; that one is refused from then on.

        Raises:
            Conflict: somebody runs it, or it is done.
            NotFound: there is no such job.
        """
        ...

    def store(self, job: str, epoch: int, actions: Sequence[Stored], now: datetime) -> list[Released]:
        """Write changes, releases and what was used in one transaction.

        Returns:
            One answer for each release.

        Raises:
            Fenced: another scheduler has the job.
        """
        ...

    def look(self, job: str, epoch: int, now: datetime, *, silent: bool = False) -> Notice:
        """See what was asked for. Cheap: it is called several times a second.

        Args:
            silent: Look for leases that have run out as well.

        Raises:
            Fenced: another scheduler has the job.
        """
        ...

    def beat(self, job: str, epoch: int, live: Iterable[tuple[str, int]], now: datetime) -> None:
        """Say that the scheduler lives, and prolong the leases of attempts whose workers it knows to live.

        Raises:
            Fenced: another scheduler has the job.
        """
        ...

    def resign(self, job: str, epoch: int, cause: str, now: datetime) -> None:
        """Let go of a job that is not at its end, because the scheduler cannot go on.

        Raises:
            Fenced: another scheduler has the job.
        """
        ...


class WorkerLedger(Protocol):
    """What a worker writes and reads."""

    def lease(self, holder: Holder, now: datetime) -> Lease | None:
        """The next work for an attempt; None when there is none left that it may do.

        Raises:
            Fenced: the attempt, or the scheduler that submitted it, is not the present one.
        """
        ...

    def lease_units(self, holders: Sequence[Holder], now: datetime) -> list[Unit]:
        """`lease` for attempts at several tasks of one step that reads no rows.

        Returns:
            For each its unit of work; None where it is done, `Fenced` where the attempt, or the scheduler
            that submitted it, is not the present one.
        """
        ...

    def settle(self, leases: Sequence[Lease]) -> list[bool]:
        """End leases of units of work that left no results, durably.

        Returns:
            For each whether it counts; False where it was taken back.
        """
        ...

    def prolong(self, lease: Lease, now: datetime) -> None:
        """Keep a lease from running out.

        Raises:
            Fenced: it was taken back.
        """
        ...

    def advance(self, lease: Lease, upto: Key, rows: int, failed: int) -> Guard:
        """What must be called inside the transaction that makes `rows` rows of a lease visible.

        Args:
            upto: First key that is not done yet.
            rows: Rows done since the lease, or since the last advance.
            failed: Those of them whose result is an error.

        Returns:
            A function of the open transaction that raises `Fenced`, and so undoes it, if the lease was
            taken back.
        """
        ...

    def complete(self, lease: Lease, rows: int, failed: int) -> Guard:
        """The same for the rest of a lease, which ends with it."""
        ...

    def give_back(self, lease: Lease) -> None:
        """Let go of a lease before its end; nobody died. Does nothing if it was taken back."""
        ...


class Ledger(SchedulerLedger, WorkerLedger, Protocol):
    """Both sides."""
