"""Both ledgers, and a small job in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.simulation.plans import DATASET
from tests.simulation.stores import CatalogStore, MemoryStore, Store

from starwhale.core.handlers import HandlerKind, HandlerSpec
from starwhale.jobs.events import Change
from starwhale.jobs.leases import Holder, Lease
from starwhale.jobs.ledger import Ledger
from starwhale.jobs.plan import JobPlan, RangePlan, StepPlan
from starwhale.jobs.states import StepState, Subject, TaskState
from starwhale.kit.process import ProcessId, this_process

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)


def seconds(count: float) -> datetime:
    return NOW + timedelta(seconds=count)


def small_job(store: Store) -> str:
    """A predict step of two tasks with the ranges 0-10 and 10-20, and an evaluate step."""
    predict = HandlerSpec(
        id="m:predict", module="m", qualname="predict", kind=HandlerKind.PREDICT, replicas=2
    )
    evaluate = HandlerSpec(
        id="m:evaluate", module="m", qualname="evaluate", kind=HandlerKind.EVALUATE, needs=("m:predict",)
    )
    steps = (StepPlan(spec=predict, datasets=(DATASET,)), StepPlan(spec=evaluate))
    work = [
        RangePlan(step=0, dataset=0, start=None, end=10, rows=10),
        RangePlan(step=0, dataset=0, start=10, end=None, rows=10),
        RangePlan(step=1, task="1.0"),
    ]
    return store.create(JobPlan(project="self", handler="m:evaluate", steps=steps), work)


class Desk:
    """A job that a scheduler has taken."""

    def __init__(self, store: Store, job: str) -> None:
        self.store = store
        self.job = job
        self.ledger: Ledger = store.ledger
        self.me = this_process()
        self.adopted = self.ledger.adopt(self.job, self.me, NOW)
        self.epoch = self.adopted.epoch

    @property
    def stranger(self) -> ProcessId:
        return ProcessId(host=self.me.host, pid=self.me.pid, started="another time")

    def start(self, *tasks: str, attempt: int = 1) -> None:
        """Have workers run tasks, as far as the ledger knows."""
        for task in tasks:
            self.move(task, TaskState.CREATED, TaskState.READY, 0)
            self.move(task, TaskState.READY, TaskState.ASSIGNING, attempt)

    def move(self, task: str, old: TaskState, new: TaskState, attempt: int) -> None:
        change = Change(subject=Subject.TASK, name=task, old=old, new=new, attempt=attempt)
        self.ledger.store(self.job, self.epoch, [change], NOW)

    def begin_step(self, position: int = 0) -> None:
        old, new = StepState.CREATED, StepState.RUNNING
        change = Change(subject=Subject.STEP, name=str(position), old=old, new=new)
        self.ledger.store(self.job, self.epoch, [change], NOW)

    def holder(self, task: str = "0.0", attempt: int = 1, epoch: int | None = None) -> Holder:
        step = int(task.partition(".")[0])
        epoch = self.epoch if epoch is None else epoch
        return Holder(job=self.job, epoch=epoch, step=step, task=task, attempt=attempt)

    def lease(self, task: str = "0.0", attempt: int = 1) -> Lease:
        lease = self.ledger.lease(self.holder(task, attempt), NOW)
        assert lease is not None
        return lease


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Where the ledger is kept."""
    return request.param


@pytest.fixture
def store(database: str, request: pytest.FixtureRequest) -> Store:
    return MemoryStore() if database == "memory" else CatalogStore(request.getfixturevalue("catalog"))


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store, small_job(store))
