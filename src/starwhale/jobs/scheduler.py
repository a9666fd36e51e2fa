"""The heart of the scheduler: `turn(job, events) -> (job, actions)`. Pure: no clock, no catalog, no process.

Events may come twice, late or in the wrong order: an attempt that is not the present one is not listened
to, and a state that an event does not fit is left alone. What must be durable before it is acted upon comes
first among the actions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from starwhale.jobs.board import Board, Job
from starwhale.jobs.consequences import Consequences
from starwhale.jobs.events import (
    Action,
    Begin,
    Change,
    Event,
    Release,
    Released,
    Requested,
    TaskDone,
    TaskEvent,
    TaskFailed,
    TaskLost,
    TaskPreparing,
    TaskRunning,
    TaskStopped,
    Tick,
)
from starwhale.jobs.states import LIVE_TASK, JobState, StepState, TaskState, Want

_OPEN = frozenset({JobState.READY, JobState.RUNNING, JobState.CANCELLING})


def step(job: Job, event: Event) -> tuple[Job, tuple[Action, ...]]:
    """What follows from `event`: the state after it, and what is to be done, in this order."""
    return turn(job, (event,))


def turn(job: Job, events: Iterable[Event]) -> tuple[Job, tuple[Action, ...]]:
    """What follows from `events`, one after the other: the state after them, and what is to be done."""
    board = _Turn(job)
    for event in events:
        board.take(event)
        board.settle()
    return board.job, board.actions()


def take_over(job: Job, cause: str) -> tuple[Job, tuple[Change, ...]]:
    """The job as a new scheduler has it, when the old one is gone and its leases are taken back.

    What succeeded stays so; everything else starts again from what is durable.
    """
    board = Board(job)
    for task in job.tasks.values():
        if task.state not in {TaskState.CREATED, TaskState.READY, TaskState.SUCCESS}:
            board.move_task(task, TaskState.READY, cause, deaths=0)
    for each in job.steps:
        if each.state not in {StepState.CREATED, StepState.SUCCESS}:
            board.move_step(each.position, StepState.CREATED, cause)
    if job.state is not JobState.READY:
        board.move_job(JobState.READY, cause)
    return replace(board.job, want=Want.RUN, cause="", failing=False), tuple(board.changes)


def give_up(job: Job, cause: str) -> tuple[Change, ...]:
    """What it takes to have a job fail of which nothing runs, since it cannot be begun."""
    board = _Turn(replace(job, cause=cause))
    board.abandon()
    return tuple(board.changes)


class _Turn(Consequences):
    """One call of `step`."""

    def take(self, event: Event) -> None:
        match event:
            case Begin():
                self.begin()
            case Tick():
                self.tick(event.now)
            case Requested():
                self.requested(event)
            case Released():
                self.released(event)
            case _:
                self.heard(event)

    def begin(self) -> None:
        if self.job.state is JobState.READY:
            self.move_job(JobState.RUNNING)
            self._start_steps()

    def tick(self, now: float) -> None:
        self.job = replace(self.job, now=max(now, self.job.now))
        if self.job.runs and self.job.busy and self.job.limits.deadline:
            self._end_late(self.job.limits.deadline)
        if self.job.runs or not self.job.busy:
            return
        for task in tuple(self.job.tasks.values()):
            if task.stop_by is not None and task.stop_by <= now:
                # Its leases are taken back, so whatever it still does counts for nothing.
                self._kill(task)
                self._end(task, "it did not stop in time and was killed")

    def _end_late(self, deadline: float) -> None:
        for task in tuple(self.job.tasks.values()):
            if task.since is not None and self.job.now - task.since > deadline:
                cause = f"task {task.id} took longer than the {deadline:g} s that it had"
                self._kill(task)
                self._releases.append(Release(task=task.id, attempt=task.attempt, died=False, cause=cause))
                self._fail(task, cause)
                return

    def requested(self, event: Requested) -> None:
        job = self.job
        if job.state not in _OPEN or job.failing:
            return
        if event.want is Want.CANCEL and job.want is not Want.CANCEL:
            self.job = replace(job, want=Want.CANCEL, cause=event.cause)
            self.move_job(JobState.CANCELLING, event.cause)
            self._stop_all(Want.CANCEL, event.cause)
        elif event.want is Want.PAUSE and job.want is Want.RUN:
            self.job = replace(job, want=Want.PAUSE, cause=event.cause)
            self._stop_all(Want.PAUSE, event.cause)
        elif event.want is Want.RUN and job.want is Want.PAUSE:
            self._run_on(event.cause)
        if event.hurry:
            self._hurry()

    def released(self, event: Released) -> None:
        task = self.job.tasks.get(event.task)
        if task is None or task.state is not TaskState.RETRYING or task.attempt != event.attempt:
            return
        deaths = 0 if event.progressed else task.deaths
        cause = event.exhausted
        if deaths >= self.job.limits.deaths and not cause:
            cause = f"{deaths} workers in a row died with task {task.id} before they got anywhere"
        if cause and self.job.want is not Want.CANCEL:
            self._fail(task, cause)
        elif self.job.runs:
            self._submit(self.move_task(task, TaskState.READY, deaths=deaths))
        else:
            self.move_task(task, self.job.rest, self.job.cause, deaths=deaths)

    def heard(self, event: TaskEvent) -> None:
        task = self.job.tasks.get(event.task)
        if task is None or task.attempt != event.attempt or task.state not in LIVE_TASK:
            return
        match event:
            case TaskPreparing():
                if task.state is TaskState.ASSIGNING:
                    self.move_task(task, TaskState.PREPARING, worker=event.worker)
            case TaskRunning():
                if task.state in {TaskState.ASSIGNING, TaskState.PREPARING}:
                    self.move_task(task, TaskState.RUNNING, worker=event.worker)
            case TaskDone():
                self._done(task)
            case TaskFailed():
                self._failed(task, event.cause)
            case TaskStopped():
                self._stopped(task)
            case TaskLost():
                self._lost(task, event)

    def settle(self) -> None:
        """Come to the end, when nothing is left to wait for."""
        job = self.job
        if job.state not in _OPEN or job.busy:
            return
        if job.state is JobState.RUNNING and all(each.state is StepState.SUCCESS for each in job.steps):
            self._conclude(JobState.SUCCESS, "")
        elif job.failing:
            self._close(JobState.FAIL)
        elif job.want is Want.CANCEL:
            self._close(JobState.CANCELED)
        elif job.want is Want.PAUSE:
            self._rest()
