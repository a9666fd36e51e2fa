"""A job as its scheduler sees it, and the bookkeeping of changing it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from starwhale.jobs.events import Change
from starwhale.jobs.states import LIVE_TASK, JobState, StepState, Subject, TaskState, Want, check

#: A worker has the task, or its leases are being taken back.
BUSY_TASK = LIVE_TASK | {TaskState.RETRYING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How patient a scheduler is.

    Attributes:
        deaths: Workers that may die on the same rows, or with the same task, in a row.
        cancel_grace: Seconds between the request to end and the kill.
        pause_grace: Seconds a worker has to come to the end of a row.
        deadline: Seconds that a task may run; 0 for as long as it likes.
    """

    deaths: int = 3
    cancel_grace: float = 3.0
    pause_grace: float = 10.0
    deadline: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task.

    Attributes:
        step: Position of its step.
        attempt: Counts how often it was handed to a worker.
        deaths: Workers that died with it in a row, none of them having got anywhere.
        stop_by: When its worker is killed if it has not ended by then; None while it may run.
        since: When the user's function was called; None while it is not being called.
    """

    id: str
    step: int
    state: TaskState = TaskState.CREATED
    attempt: int = 0
    deaths: int = 0
    stop_by: float | None = None
    since: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step.

    Attributes:
        needs: Positions of the steps that must have succeeded before.
        left: Tasks that have not succeeded yet.
    """

    position: int
    needs: tuple[int, ...]
    tasks: tuple[str, ...]
    state: StepState = StepState.CREATED
    left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The whole state of a scheduler.

    Attributes:
        want: Where its owner wants it to go.
        cause: Why it goes where it goes; the failure where it fails.
        failing: A task has failed: the rest is being ended.
        busy: Tasks that a worker has or whose leases are being taken back.
        now: The latest time it was told.
    """

    steps: tuple[Step, ...]
    tasks: Mapping[str, Task]
    state: JobState = JobState.READY
    want: Want = Want.RUN
    cause: str = ""
    failing: bool = False
    busy: int = 0
    now: float = 0.0
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def of(cls, steps: tuple[Step, ...], tasks: Mapping[str, Task], state: JobState, limits: Limits) -> Job:
        """A job as it lies in the catalog, with what is counted counted."""
        left = dict.fromkeys((step.position for step in steps), 0)
        for task in tasks.values():
            left[task.step] += task.state is not TaskState.SUCCESS
        return cls(
            steps=tuple(replace(step, left=left[step.position]) for step in steps),
            tasks=tasks,
            state=state,
            busy=sum(task.state in BUSY_TASK for task in tasks.values()),
            limits=limits,
        )

    @property
    def runs(self) -> bool:
        """Whether it is to go on."""
        return self.want is Want.RUN and not self.failing

    @property
    def rest(self) -> TaskState:
        """Where a task goes that ends before it is done, while the job does not go on."""
        return TaskState.PAUSED if self.want is Want.PAUSE and not self.failing else TaskState.CANCELED


class Board:
    """A job while it changes, with the changes in their order.

    Raises:
        Conflict: a change that the table of transitions does not hold; that is a fault of ours.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.changes: list[Change] = []
        self._owned: dict[str, Task] | None = None

    def move_job(self, new: JobState, cause: str = "") -> None:
        """Change the state of the job."""
        check(Subject.JOB, "", self.job.state, new)
        self.changes.append(Change(subject=Subject.JOB, name="", old=self.job.state, new=new, cause=cause))
        self.job = replace(self.job, state=new)

    def move_step(self, position: int, new: StepState, cause: str = "") -> None:
        """Change the state of a step; staying is no change."""
        old = self.job.steps[position]
        if old.state is not new:
            check(Subject.STEP, str(position), old.state, new)
            self.changes.append(
                Change(subject=Subject.STEP, name=str(position), old=old.state, new=new, cause=cause)
            )
            self._put_step(replace(old, state=new))

    def move_task(
        self,
        task: Task,
        new: TaskState,
        cause: str = "",
        *,
        attempt: int | None = None,
        deaths: int | None = None,
        worker: str = "",
    ) -> Task:
        """Change the state of a task; what is not given stays.

        Returns:
            The task as it is now.
        """
        check(Subject.TASK, task.id, task.state, new)
        moved = replace(
            task,
            state=new,
            attempt=task.attempt if attempt is None else attempt,
            deaths=task.deaths if deaths is None else deaths,
            stop_by=task.stop_by if new in LIVE_TASK else None,
            since=self.job.now if new is TaskState.RUNNING else task.since if new in LIVE_TASK else None,
        )
        self.changes.append(
            Change(
                subject=Subject.TASK,
                name=task.id,
                old=task.state,
                new=new,
                cause=cause,
                attempt=moved.attempt,
                deaths=moved.deaths,
                worker=worker,
            )
        )
        busy = (new in BUSY_TASK) - (task.state in BUSY_TASK)
        self.job = replace(self.job, busy=self.job.busy + busy)
        if new is TaskState.SUCCESS:
            step = self.job.steps[task.step]
            self._put_step(replace(step, left=step.left - 1))
        return self.put_task(moved)

    def put_task(self, task: Task) -> Task:
        """Replace a task without a change of its state."""
        if self._owned is None:
            # The mapping of the job before belongs to whoever holds that job.
            self._owned = dict(self.job.tasks)
            self.job = replace(self.job, tasks=self._owned)
        self._owned[task.id] = task
        return task

    def _put_step(self, step: Step) -> None:
        steps = list(self.job.steps)
        steps[step.position] = step
        self.job = replace(self.job, steps=tuple(steps))
