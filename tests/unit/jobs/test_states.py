"""The table of legal transitions, and that the scheduler keeps to it whatever it is told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from starwhale.core.errors import Conflict
from starwhale.jobs.board import BUSY_TASK, Job, Limits, Step, Task
from starwhale.jobs.events import (
    Action,
    Begin,
    Change,
    Event,
    Finish,
    Release,
    Released,
    Requested,
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
from starwhale.jobs.states import (
    FINAL_JOB,
    FINAL_TASK,
    JOB_TRANSITIONS,
    STEP_TRANSITIONS,
    TASK_TRANSITIONS,
    JobState,
    StepState,
    Subject,
    TaskState,
    Want,
    check,
    is_legal,
)


def test_every_state_has_its_row_in_the_table() -> None:
    assert set(JOB_TRANSITIONS) == set(JobState)
    assert set(STEP_TRANSITIONS) == set(StepState)
    assert set(TASK_TRANSITIONS) == set(TaskState)


def test_no_state_leads_to_itself() -> None:
    for table in (JOB_TRANSITIONS, STEP_TRANSITIONS, TASK_TRANSITIONS):
        assert not [old for old, new in table.items() if old in new]


def test_what_succeeded_stays_so() -> None:
    assert not JOB_TRANSITIONS[JobState.SUCCESS]
    assert not STEP_TRANSITIONS[StepState.SUCCESS]
    assert not TASK_TRANSITIONS[TaskState.SUCCESS]


def test_unknown_is_never_stored() -> None:
    assert not any(JobState.UNKNOWN in new for new in JOB_TRANSITIONS.values())
    assert not any(TaskState.UNKNOWN in new for new in TASK_TRANSITIONS.values())


def test_every_task_can_still_come_to_an_end() -> None:
    for start in set(TaskState) - {TaskState.UNKNOWN}:
        seen, front = {start}, {start}
        while front:
            front = {new for old in front for new in TASK_TRANSITIONS[old]} - seen
            seen |= front
        assert start is TaskState.SUCCESS or seen >= FINAL_TASK


def test_an_illegal_change_is_refused_with_both_states() -> None:
    assert is_legal(Subject.JOB, JobState.RUNNING, JobState.SUCCESS)
    with pytest.raises(Conflict, match="job abc is SUCCESS and cannot become RUNNING"):
        check(Subject.JOB, "abc", JobState.SUCCESS, JobState.RUNNING)


SHAPES = st.sampled_from([((), 1), ((), 2), ((0,), 1), ((0,), 2)])


class SchedulerIsTold(RuleBasedStateMachine):
    """Tells the scheduler true things and false ones, and holds it to the table."""

    attempts: Bundle[tuple[str, int]] = Bundle("attempts")

    @initialize(first=st.integers(1, 3), shapes=st.lists(SHAPES, max_size=2))
    def make(self, first: int, shapes: list[tuple[tuple[int, ...], int]]) -> None:
        rows = [((), first), *shapes]
        tasks: dict[str, Task] = {}
        steps: list[Step] = []
        for at, (needs, count) in enumerate(rows):
            names = tuple(f"{at}.{index}" for index in range(count))
            tasks |= {name: Task(id=name, step=at) for name in names}
            steps.append(Step(position=at, needs=needs, tasks=names))
        self.job = Job.of(tuple(steps), tasks, JobState.READY, Limits())
        self.now = 0.0
        self.finished = 0
        self.submitted: set[tuple[str, int]] = set()
        self.releases: list[Release] = []
        self.tell(Begin())

    def tell(self, event: Event) -> tuple[Action, ...]:
        before, copy = self.job, replace(self.job, tasks=dict(self.job.tasks))
        self.job, actions = step(before, event)
        assert before == copy, "the job before was changed in place"
        assert (self.job, actions) == step(before, event), "the same gives something else"
        for action in actions:
            self.check_action(action)
        return actions

    def check_action(self, action: Action) -> None:
        match action:
            case Change():
                assert is_legal(action.subject, action.old, action.new)
            case Submit():
                assert (action.task, action.attempt) not in self.submitted
                self.submitted.add((action.task, action.attempt))
                needs = self.job.steps[self.job.tasks[action.task].step].needs
                assert all(self.job.steps[need].state is StepState.SUCCESS for need in needs)
            case Release():
                self.releases.append(action)
            case Finish():
                self.finished += 1
                assert action.state is self.job.state
            case _:
                assert action.attempt <= self.job.tasks[action.task].attempt

    @rule(target=attempts, data=st.data())
    def pick(self, data: st.DataObject) -> tuple[str, int]:
        name = data.draw(st.sampled_from(sorted(self.job.tasks)))
        return name, self.job.tasks[name].attempt

    @rule(target=attempts, data=st.data(), attempt=st.integers(0, 3))
    def pick_stale(self, data: st.DataObject, attempt: int) -> tuple[str, int]:
        return data.draw(st.sampled_from([*sorted(self.job.tasks), "9.9"])), attempt

    @rule(who=attempts)
    def prepares(self, who: tuple[str, int]) -> None:
        self.tell(TaskPreparing(task=who[0], attempt=who[1]))

    @rule(who=attempts)
    def runs(self, who: tuple[str, int]) -> None:
        self.tell(TaskRunning(task=who[0], attempt=who[1]))

    @rule(who=attempts)
    def is_done(self, who: tuple[str, int]) -> None:
        self.tell(TaskDone(task=who[0], attempt=who[1]))

    @rule(who=attempts)
    def fails(self, who: tuple[str, int]) -> None:
        self.tell(TaskFailed(task=who[0], attempt=who[1], cause="it raised"))

    @rule(who=attempts)
    def stops(self, who: tuple[str, int]) -> None:
        self.tell(TaskStopped(task=who[0], attempt=who[1]))

    @rule(who=attempts, silent=st.booleans())
    def is_lost(self, who: tuple[str, int], silent: bool) -> None:
        self.tell(TaskLost(task=who[0], attempt=who[1], cause="it died", silent=silent))

    @rule(progressed=st.booleans(), exhausted=st.sampled_from(["", "", "", "rows kill workers"]))
    def answers(self, progressed: bool, exhausted: str) -> None:
        if self.releases:
            order = self.releases.pop(0)
            event = Released(
                task=order.task, attempt=order.attempt, progressed=progressed, exhausted=exhausted
            )
            self.tell(event)

    @rule(want=st.sampled_from(Want), hurry=st.booleans())
    def asks(self, want: Want, hurry: bool) -> None:
        self.tell(Requested(want=want, cause="ann asked", hurry=hurry))

    @rule(pause=st.floats(0, 20))
    def waits(self, pause: float) -> None:
        self.now += pause
        self.tell(Tick(now=self.now))

    @rule()
    def begins_again(self) -> None:
        assert self.tell(Begin()) == ()

    @invariant()
    def counts_are_right(self) -> None:
        job = self.job
        assert job.busy == sum(task.state in BUSY_TASK for task in job.tasks.values())
        for each in job.steps:
            assert each.left == sum(job.tasks[name].state is not TaskState.SUCCESS for name in each.tasks)

    @invariant()
    def success_means_that_every_task_succeeded(self) -> None:
        states = {task.state for task in self.job.tasks.values()}
        assert (self.job.state is JobState.SUCCESS) <= (states == {TaskState.SUCCESS})

    @invariant()
    def the_end_comes_once_and_leaves_nothing_running(self) -> None:
        rests = self.job.state in FINAL_JOB | {JobState.PAUSED}
        assert self.finished == rests
        if rests:
            assert self.job.busy == 0
        if self.job.state in FINAL_JOB:
            assert {task.state for task in self.job.tasks.values()} <= FINAL_TASK

    @invariant()
    def failure_has_a_cause(self) -> None:
        if self.job.state is JobState.FAIL:
            assert self.job.cause in {"it raised", "rows kill workers"} or "in a row died" in self.job.cause

    def teardown(self) -> None:
        if self.job.state is not JobState.SUCCESS:
            again, changes = take_over(self.job, "taken over")
            assert again.state is JobState.READY
            assert again.busy == 0
            assert all(is_legal(each.subject, each.old, each.new) for each in changes)
            assert {task.state for task in again.tasks.values()} <= {
                TaskState.CREATED,
                TaskState.READY,
                TaskState.SUCCESS,
            }


TestSchedulerIsTold = SchedulerIsTold.TestCase
TestSchedulerIsTold.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
