"""The heart of the scheduler: `turn(job, events) -> (job, actions)`. Pure: no clock, no catalog, no process.

Events may come twice, late or in the wrong order: an attempt that is not the present one is not listened
to, and a state that an event does not fit is left alone. What must be durable before it is acted upon comes
first among the actions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from starwhale.jobs.board import Board, Job, Task
from starwhale.jobs.events import (
    Action,
    Begin,
    Change,
    Event,
    Finish,
    Release,
    Released,
    Requested,
    Stop,
    Submit,
    TaskDone,
    TaskEvent,
    TaskFailed,
    TaskLost,
    TaskPreparing,
    TaskRunning,
    TaskStopped,
    Tick,
)
from starwhale.jobs.states import FINAL_TASK, LIVE_TASK, JobState, StepState, TaskState, Want

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


class _Turn(Board):
    """One call of `step`."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._releases: list[Release] = []
        self._orders: list[Submit | Stop] = []
        self._finish: list[Finish] = []

    def actions(self) -> tuple[Action, ...]:
        return (*self.changes, *self._releases, *self._orders, *self._finish)

    # What happened.

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

    # What follows.

    def _start_steps(self) -> None:
        waiting = True
        while waiting:
            waiting = False
            for each in self.job.steps:
                if each.state is StepState.CREATED and self._may_start(each.needs):
                    self.move_step(each.position, StepState.RUNNING)
                    self._start_tasks(each.tasks)
                    if not each.left:
                        # All its tasks had succeeded when the scheduler before this one died.
                        self.move_step(each.position, StepState.SUCCESS)
                        waiting = True

    def _may_start(self, needs: tuple[int, ...]) -> bool:
        return all(self.job.steps[need].state is StepState.SUCCESS for need in needs)

    def _start_tasks(self, names: tuple[str, ...]) -> None:
        for name in names:
            task = self.job.tasks[name]
            if task.state is TaskState.CREATED:
                task = self.move_task(task, TaskState.READY)
            if task.state is TaskState.READY:
                self._submit(task)

    def _submit(self, task: Task) -> None:
        task = self.move_task(task, TaskState.ASSIGNING, attempt=task.attempt + 1)
        self._orders.append(Submit(task=task.id, attempt=task.attempt))

    def _done(self, task: Task) -> None:
        self.move_task(task, TaskState.SUCCESS)
        if self.job.steps[task.step].left == 0:
            self.move_step(task.step, StepState.SUCCESS)
            if self.job.runs:
                self._start_steps()

    def _failed(self, task: Task, cause: str) -> None:
        if task.state is TaskState.CANCELLING:
            self._end(task, cause)
            return
        self._releases.append(Release(task=task.id, attempt=task.attempt, died=False, cause=cause))
        self._fail(task, cause)

    def _fail(self, task: Task, cause: str) -> None:
        self.move_task(task, TaskState.FAIL, cause)
        self.move_step(task.step, StepState.FAIL, cause)
        if not self.job.failing:
            self.job = replace(self.job, failing=True, cause=cause)
            self._stop_all(Want.CANCEL, f"task {task.id} failed")

    def _stopped(self, task: Task) -> None:
        if self.job.runs:
            # It lost its lease, or the job was paused and asked to run on before it came to rest.
            self._retry(task, "it stopped before its end", died=False)
        else:
            self._end(task, self.job.cause)

    def _lost(self, task: Task, event: TaskLost) -> None:
        if event.silent:
            self._kill(task)
        if task.state is TaskState.CANCELLING:
            self._end(task, event.cause)
        else:
            self._retry(task, event.cause, died=True)

    def _retry(self, task: Task, cause: str, *, died: bool) -> None:
        self.move_task(task, TaskState.RETRYING, cause, deaths=task.deaths + died)
        self._releases.append(Release(task=task.id, attempt=task.attempt, died=died, cause=cause))

    def _end(self, task: Task, cause: str) -> None:
        self._releases.append(Release(task=task.id, attempt=task.attempt, died=False, cause=cause))
        self.move_task(task, self.job.rest, cause)

    def _stop_all(self, want: Want, cause: str) -> None:
        limits = self.job.limits
        grace = limits.pause_grace if want is Want.PAUSE else limits.cancel_grace
        for task in tuple(self.job.tasks.values()):
            if task.state in LIVE_TASK:
                self._orders.append(Stop(task=task.id, attempt=task.attempt, want=want, grace=grace))
                stopping = self.put_task(replace(task, stop_by=self.job.now + grace))
                if want is Want.CANCEL:
                    self.move_task(stopping, TaskState.CANCELLING, cause)

    def _hurry(self) -> None:
        for task in tuple(self.job.tasks.values()):
            if task.stop_by is not None:
                self._kill(task)
                self._end(task, self.job.cause)

    def _kill(self, task: Task) -> None:
        self._orders.append(Stop(task=task.id, attempt=task.attempt, want=Want.CANCEL, grace=0))

    def _run_on(self, cause: str) -> None:
        self.job = replace(self.job, want=Want.RUN, cause="")
        for task in tuple(self.job.tasks.values()):
            if task.state is TaskState.PAUSED:
                self._submit(self.move_task(task, TaskState.READY, cause))
            elif task.stop_by is not None:
                self.put_task(replace(task, stop_by=None))
        self._start_steps()

    def _rest(self) -> None:
        for task in tuple(self.job.tasks.values()):
            if task.state is TaskState.READY:
                self.move_task(task, TaskState.PAUSED, self.job.cause)
        for each in self.job.steps:
            if each.state is StepState.RUNNING:
                self.move_step(each.position, StepState.PAUSED, self.job.cause)
        self._conclude(JobState.PAUSED, self.job.cause)

    def abandon(self) -> None:
        """Fail with what has begun."""
        self._close(JobState.FAIL)

    def _close(self, end: JobState) -> None:
        for task in tuple(self.job.tasks.values()):
            if task.state not in FINAL_TASK:
                self.move_task(task, TaskState.CANCELED, self.job.cause)
        for each in self.job.steps:
            if each.state not in {StepState.SUCCESS, StepState.FAIL, StepState.CANCELED}:
                self.move_step(each.position, StepState.CANCELED, self.job.cause)
        self._conclude(end, self.job.cause)

    def _conclude(self, end: JobState, cause: str) -> None:
        self.move_job(end, cause)
        self._finish.append(Finish(state=end, cause=cause))
