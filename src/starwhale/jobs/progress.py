"""How far a job is, as its scheduler knows it at the moment: the catalog lags behind by up to two seconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starwhale.jobs.board import Job
from starwhale.jobs.executors.port import Progress
from starwhale.jobs.schemas import JobRead
from starwhale.jobs.states import JobState, StepState, TaskState


@dataclass(frozen=True, slots=True, kw_only=True)
class StepProgress:
    """How far a step is.

    Attributes:
        handler: Id of its handler.
        rows: Rows it reads; 0 where it reads none.
        done: Those of them that are done, durable or about to be.
        failed: Those of them whose result is an error.
        workers: Tasks that a worker has now.
    """

    handler: str
    state: StepState
    rows: int
    done: int
    failed: int
    workers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JobProgress:
    """How far a job is."""

    id: str
    state: JobState
    cause: str
    steps: tuple[StepProgress, ...]


Watch = Callable[[JobProgress], None]


class Tally:
    """Adds up what workers tell.

    Args:
        before: The job as it was when its scheduler took it.
    """

    def __init__(self, before: JobRead) -> None:
        self._before = before
        self._told: dict[tuple[str, int], Progress] = {}

    def note(self, told: Progress) -> None:
        """A worker has told how far it is."""
        self._told[told.task, told.attempt] = told

    def progress(self, job: Job) -> JobProgress:
        """How far the job is by now."""
        done = [step.done for step in self._before.steps]
        failed = [step.failed for step in self._before.steps]
        workers = [0] * len(done)
        for task in job.tasks.values():
            workers[task.step] += task.state in {TaskState.PREPARING, TaskState.RUNNING}
        for told in self._told.values():
            task = job.tasks[told.task]
            present = task.attempt == told.attempt and task.state is TaskState.RUNNING
            # What an attempt that is over had not made durable is done again by another.
            done[task.step] += told.done + (told.fresh if present else 0)
            failed[task.step] += told.failed
        return JobProgress(
            id=self._before.id,
            state=job.state,
            cause=job.cause,
            steps=tuple(
                StepProgress(
                    handler=before.handler,
                    state=now.state,
                    rows=before.rows,
                    done=min(done[now.position], before.rows),
                    failed=failed[now.position],
                    workers=workers[now.position],
                )
                for before, now in zip(self._before.steps, job.steps, strict=True)
            ),
        )
