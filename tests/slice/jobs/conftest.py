"""The service of jobs on a real catalog, with an executor that runs tasks in this process."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.simulation.plans import DATASET

from starwhale.catalog.engine import Catalog
from starwhale.core.actor import Actor
from starwhale.core.handlers import HandlerKind, HandlerSpec
from starwhale.core.settings import Settings
from starwhale.core.uri import JobUri
from starwhale.jobs.events import TaskDone, TaskFailed, TaskLost, TaskPreparing, TaskRunning, TaskStopped
from starwhale.jobs.executors.port import Attempt, Capabilities, Launch, Progress, Told
from starwhale.jobs.leases import Fenced, Holder
from starwhale.jobs.ledger import Guard, WorkerLedger
from starwhale.jobs.plan import DatasetInput, JobPlan, RangePlan
from starwhale.jobs.request import JobRequest
from starwhale.jobs.schemas import JobRead
from starwhale.jobs.service import JobService
from starwhale.jobs.states import Want
from starwhale.kit.times import utc_now
from starwhale.projects.service import ProjectService

ANN = Actor(name="ann", admin=True)


@dataclass
class Script:
    """What workers meet.

    Attributes:
        raises: Cause of a failure by the row on which it happens.
        dies: Rows on which the worker dies, and how often.
        before: Called before each row.
        launched: Every launch.
    """

    raises: dict[int, str] = field(default_factory=dict[int, str])
    dies: dict[int, int] = field(default_factory=dict[int, int])
    before: Callable[[int], object] = lambda _: None
    launched: list[Launch] = field(default_factory=list[Launch])


class InProcess:
    """An executor that does one range at each poll, in this thread."""

    def __init__(self, ledger: WorkerLedger, commit: Callable[[Guard], None], script: Script) -> None:
        self._ledger, self._commit, self.script = ledger, commit, script
        self._waiting: deque[Launch] = deque()
        self._begun: set[Attempt] = set()
        self._stopped: set[Attempt] = set()
        self._rows: dict[Attempt, int] = {}
        self._told: list[Told] = []
        self.done: list[int] = []

    def capabilities(self) -> Capabilities:
        return Capabilities(supervises=True)

    def submit(self, launch: Launch) -> None:
        self._waiting.append(launch)
        self.script.launched.append(launch)

    def poll(self, timeout: float) -> list[Told]:
        if self._waiting and not self._do_one_range(self._waiting[0]):
            self._waiting.popleft()
        told, self._told = self._told, []
        return told

    def stop(self, attempt: Attempt, want: Want, grace: float) -> None:
        self._stopped.add(attempt)

    def live(self) -> set[Attempt]:
        return {launch.attempt for launch in self._waiting}

    def wake(self) -> None:
        return

    def close(self) -> None:
        return

    def _do_one_range(self, launch: Launch) -> bool:
        """Whether there may be more to do."""
        task, attempt = launch.attempt
        if launch.attempt not in self._begun:
            self._begun.add(launch.attempt)
            self._told.append(TaskPreparing(task=task, attempt=attempt, worker="this process"))
            self._told.append(TaskRunning(task=task, attempt=attempt))
        run = launch.run
        holder = Holder(job=run["job"], epoch=run["epoch"], step=run["step"], task=task, attempt=attempt)
        try:
            lease = None if launch.attempt in self._stopped else self._ledger.lease(holder, utc_now())
        except Fenced:
            self._stopped.add(launch.attempt)
            lease = None
        if lease is None:
            stopped = launch.attempt in self._stopped
            self._told.append((TaskStopped if stopped else TaskDone)(task=task, attempt=attempt))
            return False
        rows = range(lease.start, lease.end) if lease.dataset >= 0 else range(0)  # type: ignore[arg-type]
        for row in rows:
            self.script.before(row)
            if row in self.script.raises:
                self._told.append(TaskFailed(task=task, attempt=attempt, cause=self.script.raises[row]))
                return False
            if self.script.dies.get(row, 0):
                self.script.dies[row] -= 1
                self._told.append(TaskLost(task=task, attempt=attempt, cause="killed by SIGKILL"))
                return False
        self._commit(self._ledger.complete(lease, len(rows), 0))
        self.done += rows
        mine = self._rows[launch.attempt] = self._rows.get(launch.attempt, 0) + len(rows)
        self._told.append(Progress(task=task, attempt=attempt, done=mine, fresh=0, failed=0))
        return True


def split_fours(plan: JobPlan, position: int) -> list[RangePlan]:
    """Twenty rows in ranges of four."""
    count = min(plan.dataset_head or 20, 20)
    return [
        RangePlan(step=position, dataset=0, start=at, end=min(at + 4, count), rows=min(4, count - at))
        for at in range(0, count, 4)
    ]


PREDICT = HandlerSpec(
    id="m:predict", module="m", qualname="predict", kind=HandlerKind.PREDICT, replicas=2, datasets=("d",)
)
EVALUATE = HandlerSpec(
    id="m:evaluate", module="m", qualname="evaluate", kind=HandlerKind.EVALUATE, needs=("m:predict",)
)


class House:
    """A service, and what is needed to ask something of it."""

    def __init__(self, catalog: Catalog, place: Path) -> None:
        self.catalog, self.place = catalog, place
        self.jobs = JobService(catalog, Settings.at(place))
        self.script = Script()
        ProjectService(catalog).ensure_default(ANN)
        (place / "user").mkdir(exist_ok=True)

    def executor(self) -> InProcess:
        def commit(guard: Guard) -> None:
            with self.catalog.begin() as session:
                guard(session)

        return InProcess(self.jobs.ledger, commit, self.script)

    def request(self, **more: object) -> JobRequest:
        given = {"specs": {PREDICT.id: PREDICT, EVALUATE.id: EVALUATE}, "handler": "evaluate", **more}
        return JobRequest(project="self", workdir=self.place / "user", modules=("m",), **given)  # type: ignore[arg-type]

    def create(self, **more: object) -> JobRead:
        return self.jobs.create(ANN, self.request(**more), split=split_fours)

    def run(self, job: JobRead, **more: object) -> JobRead:
        return self.jobs.run(ANN, self.uri(job), self.executor(), **more)  # type: ignore[arg-type]

    def uri(self, job: JobRead | str) -> JobUri:
        return JobUri(instance="local", project="self", job=job if isinstance(job, str) else job.id)


@pytest.fixture
def house(catalog: Catalog, tmp_path: Path) -> House:
    return House(catalog, tmp_path)


@pytest.fixture
def dataset(catalog: Catalog) -> DatasetInput:
    """A dataset `d` that the catalog knows."""
    from starwhale.artifacts.service import ArtifactService
    from starwhale.core.kinds import Kind
    from starwhale.core.version import random_version

    ProjectService(catalog).ensure_default(ANN)
    made = ArtifactService(catalog).publish(
        ANN,
        project="self",
        kind=Kind.DATASET,
        name=DATASET.name,
        version=random_version(),
        manifest="0" * 64,
        parent=None,
        meta={},
    )
    uri = f"local/project/self/dataset/d/version/{made.version}"
    return DatasetInput(uri=uri, project="self", name="d", version=made.version)
