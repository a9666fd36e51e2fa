"""Ledgers, and what tests need beside them: the one in memory and the one in the catalog."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Protocol

from sqlalchemy import func, select
from tests.simulation.memory import MemoryLedger

from starwhale.catalog.engine import Catalog
from starwhale.catalog.tables.jobs import JobEventRow, JobRow, RangeRow, TaskRow
from starwhale.core.actor import Actor
from starwhale.core.permissions import WRITE_JOB
from starwhale.jobs.board import Limits
from starwhale.jobs.catalog_ledger import CatalogLedger
from starwhale.jobs.ledger import Guard, Ledger
from starwhale.jobs.plan import JobPlan, RangePlan
from starwhale.jobs.repository import JobRepository
from starwhale.jobs.states import JobState, Want
from starwhale.kit.process import ProcessId
from starwhale.kit.times import utc_now
from starwhale.projects.service import ProjectService

LEASE = 10.0
LIMITS = Limits(deaths=3, cancel_grace=2.0, pause_grace=4.0)
JOB = "j" * 40

Lives = Callable[[ProcessId], bool]


class Store(Protocol):
    """A ledger, and what tests need beside it."""

    @property
    def ledger(self) -> Ledger: ...

    def create(self, plan: JobPlan, work: Sequence[RangePlan], lives: Lives = ...) -> str: ...
    def request(self, job: str, want: Want, cause: str) -> None: ...
    def state(self, job: str) -> JobState: ...
    def commit(self, guard: Guard) -> None: ...
    def leased(self, job: str) -> int: ...
    def tasks(self, job: str) -> list[str]: ...
    def cause(self, job: str) -> str: ...
    def history(self, job: str) -> list[tuple[str, str, str, str]]: ...


class MemoryStore:
    """The ledger in memory."""

    def __init__(self, ledger: Callable[..., MemoryLedger] = MemoryLedger) -> None:
        self._make = ledger
        self.ledger = ledger()

    def create(self, plan: JobPlan, work: Sequence[RangePlan], lives: Lives = lambda _: True) -> str:
        self.ledger = self._make(lease_time=timedelta(seconds=LEASE), limits=LIMITS, lives=lives)
        self.ledger.create(JOB, plan, work)
        return JOB

    def request(self, job: str, want: Want, cause: str) -> None:
        self.ledger.request(job, want, cause)

    def state(self, job: str) -> JobState:
        return self.ledger.state(job)

    def commit(self, guard: Guard) -> None:
        guard(None)  # pyright: ignore[reportArgumentType]

    def leased(self, job: str) -> int:
        return sum(each.state == "LEASED" for each in self.ledger.books[job].ranges)

    def tasks(self, job: str) -> list[str]:
        return [state for (kind, _), state in self.ledger.books[job].states.items() if kind == "task"]

    def cause(self, job: str) -> str:
        return self.ledger.books[job].cause

    def history(self, job: str) -> list[tuple[str, str, str, str]]:
        return [(each.subject, each.name, each.old, each.new) for each in self.ledger.books[job].history]


class CatalogStore:
    """The ledger in a catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.ledger = CatalogLedger(catalog=catalog, lease_time=timedelta(seconds=LEASE), limits=LIMITS)
        ProjectService(catalog).ensure_default(Actor(name="tester", admin=True))

    def create(self, plan: JobPlan, work: Sequence[RangePlan], lives: Lives = lambda _: True) -> str:
        with self.catalog.begin() as session:
            me = Actor(name="tester", admin=True)
            project = ProjectService(self.catalog).id_in(session, me, plan.project, WRITE_JOB)
            return JobRepository(session).add(project, plan, work, "tester", utc_now())

    def request(self, job: str, want: Want, cause: str) -> None:
        with self.catalog.begin() as session:
            JobRepository(session).want(job, want, cause)

    def state(self, job: str) -> JobState:
        with self.catalog.read() as session:
            return JobState(session.scalars(select(JobRow.state).where(JobRow.id == job)).one())

    def commit(self, guard: Guard) -> None:
        with self.catalog.begin() as session:
            guard(session)

    def leased(self, job: str) -> int:
        query = select(func.count()).where(RangeRow.job_id == job, RangeRow.state == "LEASED")
        with self.catalog.read() as session:
            return session.scalar(query) or 0

    def tasks(self, job: str) -> list[str]:
        with self.catalog.read() as session:
            return list(session.scalars(select(TaskRow.state).where(TaskRow.job_id == job)))

    def cause(self, job: str) -> str:
        with self.catalog.read() as session:
            return session.scalars(select(JobRow.cause).where(JobRow.id == job)).one()

    def history(self, job: str) -> list[tuple[str, str, str, str]]:
        query = select(JobEventRow).where(JobEventRow.job_id == job).order_by(JobEventRow.id)
        with self.catalog.read() as session:
            return [(each.subject, each.name, each.old, each.new) for each in session.scalars(query)]
