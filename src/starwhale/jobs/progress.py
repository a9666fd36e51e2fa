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
        tasks: Tasks it has.
        tasks_done: Those of them that have succeeded.
        tasks_failed: Those of them that have failed.
        workers: Tasks that a worker has now.
    """

    handler: str
    state: StepState
    rows: int
    done: int
    failed: int
    tasks: int
    tasks_done: int
    tasks_failed: int
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
        # By step, so that a look at a job of many tasks does not add up what all of them ever told.
        self._done = [step.done for step in before.steps]
        self._failed = [step.failed for step in before.steps]
        self._steps = {task.id: task.step for step in before.steps for task in step.tasks}

    def note(self, told: Progress) -> None:
        """A worker has told how far it is."""
        key = (told.task, told.attempt)
        known = self._told.get(key)
        step = self._steps[told.task]
        self._done[step] += told.done - (known.done if known else 0)
        self._failed[step] += told.failed - (known.failed if known else 0)
        self._told[key] = told

    def progress(self, job: Job) -> JobProgress:
        """How far the job is by now."""
        done = list(self._done)
        workers, lost = [0] * len(done), [0] * len(done)
        for task in job.tasks.values():
            if task.state in {TaskState.PREPARING, TaskState.RUNNING}:
                workers[task.step] += 1
            elif task.state is TaskState.FAIL:
                lost[task.step] += 1
            # What an attempt that is over had not made durable is done again by another.
            if task.state is TaskState.RUNNING and (told := self._told.get((task.id, task.attempt))):
                done[task.step] += told.fresh
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
                    failed=self._failed[now.position],
                    tasks=len(now.tasks),
                    tasks_done=len(now.tasks) - now.left,
                    tasks_failed=lost[now.position],
                    workers=workers[now.position],
                )
                for before, now in zip(self._before.steps, job.steps, strict=True)
            ),
        )
