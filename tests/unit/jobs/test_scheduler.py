"""Single turns of the scheduler, spelled out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from starwhale.jobs.board import Job, Limits, Step, Task
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
    TaskFailed,
    TaskLost,
    TaskPreparing,
    TaskRunning,
    TaskStopped,
    Tick,
)
from starwhale.jobs.scheduler import step, take_over
from starwhale.jobs.states import JobState, StepState, TaskState, Want

LIMITS = Limits(deaths=3, cancel_grace=3, pause_grace=10)


class Desk:
    """A job of two steps: two tasks that share rows, then one task."""

    def __init__(self) -> None:
        tasks = {name: Task(id=name, step=int(name[0])) for name in ("0.0", "0.1", "1.0")}
        steps = (
            Step(position=0, needs=(), tasks=("0.0", "0.1")),
            Step(position=1, needs=(0,), tasks=("1.0",)),
        )
        self.job = Job.of(steps, tasks, JobState.READY, LIMITS)
        self.last: tuple[Action, ...] = ()

    def tell(self, *events: Event) -> Desk:
        for event in events:
            self.job, self.last = step(self.job, event)
        return self

    def running(self) -> Desk:
        self.tell(Begin())
        return self.tell(*(TaskRunning(task=name, attempt=1) for name in ("0.0", "0.1")))

    def state(self, task: str) -> TaskState:
        return self.job.tasks[task].state

    def orders(self) -> list[Action]:
        return [each for each in self.last if not isinstance(each, Change)]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_job_begins_with_the_steps_that_need_nothing(desk: Desk) -> None:
    desk.tell(Begin())
    assert desk.orders() == [Submit(task="0.0", attempt=1), Submit(task="0.1", attempt=1)]
    assert desk.job.state is JobState.RUNNING
    assert [each.state for each in desk.job.steps] == [StepState.RUNNING, StepState.CREATED]


def test_what_is_written_down_comes_before_what_is_done(desk: Desk) -> None:
    desk.tell(Begin())
    kinds = [isinstance(each, Change | Release) for each in desk.last]
    assert kinds == sorted(kinds, reverse=True)


def test_a_step_starts_when_all_tasks_before_it_have_succeeded(desk: Desk) -> None:
    desk.running().tell(TaskDone(task="0.0", attempt=1))
    assert desk.orders() == []
    desk.tell(TaskDone(task="0.1", attempt=1))
    assert desk.orders() == [Submit(task="1.0", attempt=1)]
    desk.tell(TaskDone(task="1.0", attempt=1))
    assert desk.orders() == [Finish(state=JobState.SUCCESS, cause="")]


def test_a_task_whose_worker_died_is_tried_again_after_its_leases_are_back(desk: Desk) -> None:
    desk.running().tell(TaskLost(task="0.0", attempt=1, cause="killed"))
    assert desk.orders() == [Release(task="0.0", attempt=1, died=True, cause="killed")]
    assert desk.state("0.0") is TaskState.RETRYING
    desk.tell(Released(task="0.0", attempt=1))
    assert desk.orders() == [Submit(task="0.0", attempt=2)]


def test_a_worker_that_fell_silent_is_killed_before_another_starts(desk: Desk) -> None:
    desk.running().tell(TaskLost(task="0.0", attempt=1, cause="silent", silent=True))
    assert Stop(task="0.0", attempt=1, want=Want.CANCEL, grace=0) in desk.orders()


def test_three_workers_in_a_row_that_get_nowhere_fail_the_job(desk: Desk) -> None:
    desk.running()
    for attempt in (1, 2, 3):
        desk.tell(
            TaskLost(task="0.0", attempt=attempt, cause="killed"), Released(task="0.0", attempt=attempt)
        )
    assert desk.state("0.0") is TaskState.FAIL
    assert "3 workers in a row died with task 0.0" in desk.job.cause


def test_a_worker_that_got_somewhere_before_it_died_does_not_count(desk: Desk) -> None:
    desk.running()
    for attempt in range(1, 9):
        desk.tell(
            TaskLost(task="0.0", attempt=attempt, cause="killed"),
            Released(task="0.0", attempt=attempt, progressed=True),
        )
    assert desk.job.tasks["0.0"].attempt == 9
    assert desk.job.runs


def test_rows_that_kill_workers_fail_the_job_and_are_named(desk: Desk) -> None:
    desk.running().tell(
        TaskLost(task="0.0", attempt=1, cause="killed"),
        Released(task="0.0", attempt=1, exhausted="3 workers in a row died on row 7 of dataset d"),
    )
    assert desk.job.cause == "3 workers in a row died on row 7 of dataset d"


def test_an_error_of_the_user_fails_the_job_when_the_others_have_stopped(desk: Desk) -> None:
    desk.running().tell(TaskFailed(task="0.0", attempt=1, cause="ValueError on row 3"))
    assert Stop(task="0.1", attempt=1, want=Want.CANCEL, grace=3) in desk.orders()
    assert desk.job.state is JobState.RUNNING
    desk.tell(TaskStopped(task="0.1", attempt=1))
    assert desk.orders()[-1] == Finish(state=JobState.FAIL, cause="ValueError on row 3")
    assert [desk.state(name) for name in ("0.0", "0.1", "1.0")] == ["FAIL", "CANCELED", "CANCELED"]
    assert [each.state for each in desk.job.steps] == ["FAIL", "CANCELED"]


def test_the_first_error_is_the_cause(desk: Desk) -> None:
    desk.running().tell(
        TaskFailed(task="0.0", attempt=1, cause="first"), TaskFailed(task="0.1", attempt=1, cause="second")
    )
    assert desk.job.state is JobState.FAIL
    assert desk.job.cause == "first"


@pytest.mark.parametrize(
    "stale",
    [
        TaskDone(task="0.0", attempt=1),
        TaskFailed(task="0.0", attempt=1, cause="late"),
        TaskLost(task="0.0", attempt=1, cause="late"),
        TaskStopped(task="0.0", attempt=1),
        Released(task="0.0", attempt=1),
        TaskRunning(task="0.0", attempt=1),
        TaskDone(task="7.7", attempt=1),
    ],
)
def test_an_older_attempt_is_not_listened_to(desk: Desk, stale: Event) -> None:
    desk.running().tell(TaskLost(task="0.0", attempt=1, cause="killed"), Released(task="0.0", attempt=1))
    before = desk.job
    assert desk.tell(stale).job == before
    assert desk.last == ()


def test_messages_in_the_wrong_order_lead_to_the_same(desk: Desk) -> None:
    desk.tell(Begin(), TaskRunning(task="0.0", attempt=1), TaskPreparing(task="0.0", attempt=1))
    assert desk.state("0.0") is TaskState.RUNNING


def test_cancel_ends_workers_and_then_the_job(desk: Desk) -> None:
    desk.running().tell(Requested(want=Want.CANCEL, cause="canceled by ann"))
    assert desk.job.state is JobState.CANCELLING
    assert {type(each) for each in desk.orders()} == {Stop}
    desk.tell(TaskLost(task="0.0", attempt=1, cause="ended"), TaskStopped(task="0.1", attempt=1))
    assert desk.orders()[-1] == Finish(state=JobState.CANCELED, cause="canceled by ann")


def test_a_job_that_has_not_begun_is_canceled_at_once(desk: Desk) -> None:
    desk.tell(Requested(want=Want.CANCEL, cause="canceled by ann"))
    assert desk.job.state is JobState.CANCELED
    assert desk.tell(Begin()).last == ()


def test_a_worker_that_does_not_stop_is_killed_after_the_grace(desk: Desk) -> None:
    desk.tell(Tick(now=100)).running().tell(Requested(want=Want.CANCEL, cause="by ann"), Tick(now=102.9))
    assert desk.last == ()
    desk.tell(Tick(now=103))
    assert [type(each) for each in desk.orders()] == [Release, Release, Stop, Stop, Finish]
    assert desk.job.state is JobState.CANCELED


def test_a_second_wish_to_cancel_kills_at_once(desk: Desk) -> None:
    desk.running().tell(
        Requested(want=Want.CANCEL, cause="Ctrl-C"), Requested(want=Want.CANCEL, cause="Ctrl-C", hurry=True)
    )
    assert Stop(task="0.0", attempt=1, want=Want.CANCEL, grace=0) in desk.orders()
    assert desk.job.state is JobState.CANCELED


def test_pause_waits_for_the_rows_at_hand(desk: Desk) -> None:
    desk.running().tell(Requested(want=Want.PAUSE, cause="paused by ann"))
    assert desk.orders() == [Stop(task=name, attempt=1, want=Want.PAUSE, grace=10) for name in ("0.0", "0.1")]
    assert desk.job.state is JobState.RUNNING
    desk.tell(TaskStopped(task="0.0", attempt=1), TaskStopped(task="0.1", attempt=1))
    assert desk.job.state is JobState.PAUSED
    assert desk.state("0.0") is TaskState.PAUSED
    assert desk.state("1.0") is TaskState.CREATED


def test_a_job_that_ends_while_it_is_to_pause_has_succeeded(desk: Desk) -> None:
    desk.running().tell(TaskDone(task="0.0", attempt=1), TaskDone(task="0.1", attempt=1))
    desk.tell(Requested(want=Want.PAUSE, cause="by ann"), TaskDone(task="1.0", attempt=1))
    assert desk.job.state is JobState.SUCCESS


def test_the_next_step_does_not_start_while_the_job_is_to_pause(desk: Desk) -> None:
    desk.running().tell(
        Requested(want=Want.PAUSE, cause="by ann"),
        TaskDone(task="0.0", attempt=1),
        TaskDone(task="0.1", attempt=1),
    )
    assert desk.job.state is JobState.PAUSED
    assert desk.state("1.0") is TaskState.CREATED


def test_a_pause_that_is_taken_back_starts_again_what_has_stopped(desk: Desk) -> None:
    desk.running().tell(
        Requested(want=Want.PAUSE, cause="by ann"),
        TaskStopped(task="0.0", attempt=1),
        Requested(want=Want.RUN, cause="by ann"),
    )
    assert desk.orders() == [Submit(task="0.0", attempt=2)]
    desk.tell(TaskStopped(task="0.1", attempt=1), Released(task="0.1", attempt=1))
    assert desk.orders() == [Submit(task="0.1", attempt=2)]
    assert desk.tell(Tick(now=1e6)).last == ()


def test_a_new_scheduler_keeps_what_succeeded_and_starts_the_rest(desk: Desk) -> None:
    desk.running().tell(TaskDone(task="0.0", attempt=1))
    desk.job, changes = take_over(desk.job, "its scheduler was gone")
    assert {each.cause for each in changes} == {"its scheduler was gone"}
    assert desk.state("0.0") is TaskState.SUCCESS
    desk.tell(Begin())
    assert desk.orders() == [Submit(task="0.1", attempt=2)]


def test_a_step_whose_tasks_had_all_succeeded_is_passed_over_by_a_new_scheduler(desk: Desk) -> None:
    desk.running().tell(TaskDone(task="0.0", attempt=1))
    tasks = {**desk.job.tasks, "0.1": Task(id="0.1", step=0, state=TaskState.SUCCESS, attempt=1)}
    desk.job, _ = take_over(Job.of(desk.job.steps, tasks, desk.job.state, LIMITS), "gone")
    desk.tell(Begin())
    assert desk.job.steps[0].state is StepState.SUCCESS
    assert desk.orders() == [Submit(task="1.0", attempt=1)]


def test_a_task_that_takes_longer_than_it_may_fails_the_job() -> None:
    desk = Desk()
    desk.job = replace(desk.job, limits=replace(LIMITS, deadline=5))
    desk.tell(Tick(now=100)).running().tell(TaskDone(task="0.0", attempt=1), Tick(now=104.9))
    assert desk.orders() == []
    desk.tell(Tick(now=105.1))
    kinds = [type(each) for each in desk.orders()]
    assert kinds == [Release, Stop, Finish]
    assert desk.job.state is JobState.FAIL
    assert "longer than the 5 s" in desk.job.cause
    assert (desk.state("0.0"), desk.state("0.1")) == (TaskState.SUCCESS, TaskState.FAIL)


def test_the_time_of_a_task_begins_with_each_attempt_and_not_while_it_waits() -> None:
    desk = Desk()
    desk.job = replace(desk.job, limits=replace(LIMITS, deadline=5))
    desk.tell(Begin(), Tick(now=100))
    assert desk.orders() == []
    desk.tell(TaskRunning(task="0.0", attempt=1), TaskLost(task="0.0", attempt=1, cause="gone"))
    desk.tell(Tick(now=104), Released(task="0.0", attempt=1, progressed=True))
    desk.tell(TaskRunning(task="0.0", attempt=2), Tick(now=108))
    assert desk.job.state is JobState.RUNNING
    desk.tell(Tick(now=109.5))
    assert desk.job.failing


def test_a_job_without_a_deadline_waits_for_ever(desk: Desk) -> None:
    desk.running().tell(Tick(now=1e9))
    assert desk.job.state is JobState.RUNNING
