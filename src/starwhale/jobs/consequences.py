"""What follows for a job from something that happened to it: changes, releases, orders. Pure."""

from __future__ import annotations

from dataclasses import replace

from starwhale.jobs.board import Board, Job, Task
from starwhale.jobs.events import Action, Finish, Release, Stop, Submit, TaskLost
from starwhale.jobs.states import FINAL_TASK, LIVE_TASK, JobState, StepState, TaskState, Want


class Consequences(Board):
    """A job while it changes, with all that is to be done."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._releases: list[Release] = []
        self._orders: list[Submit | Stop] = []
        self._finish: list[Finish] = []

    def actions(self) -> tuple[Action, ...]:
        """What is to be done, in this order."""
        return (*self.changes, *self._releases, *self._orders, *self._finish)

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
