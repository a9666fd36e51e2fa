"""The ledger in memory: the same promises as the catalog's, held to the same contract suite."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from starwhale.core.errors import Conflict, NotFound
from starwhale.jobs.board import Job, Limits, Step, Task
from starwhale.jobs.events import Change, Release, Released, Stored
from starwhale.jobs.leases import Fenced, Holder, Lease, Unit, describe_rows
from starwhale.jobs.ledger import Adopted, Guard, Notice
from starwhale.jobs.plan import JobPlan, Key, RangePlan, task_id
from starwhale.jobs.scheduler import take_over
from starwhale.jobs.states import FINAL_JOB, JobState, RangeState, StepState, Subject, TaskState, Want, check
from starwhale.kit.process import ProcessId

_WORKING = {TaskState.ASSIGNING, TaskState.PREPARING, TaskState.RUNNING}


@dataclass
class Range:
    plan: RangePlan
    start: Key | None
    done: int = 0
    failed: int = 0
    state: RangeState = RangeState.PENDING
    token: int = 0
    holder: tuple[str, int] = ("", 0)
    expires: datetime | None = None
    moved: int = 0
    deaths: int = 0

    def take_back(self, deaths: int = 0) -> None:
        self.state = RangeState.PENDING
        self.token += 1
        self.expires = None
        self.deaths += deaths

    def did(self, rows: int, failed: int) -> int:
        more = min(rows, self.plan.rows - self.done)
        self.moved += more
        self.failed += min(failed, self.plan.rows - self.failed)
        return more


@dataclass
class Book:
    """One job."""

    plan: JobPlan
    ranges: list[Range]
    states: dict[tuple[Subject, str], str]
    attempts: dict[str, tuple[int, int]]
    epoch: int = 0
    owner: ProcessId | None = None
    want: Want = Want.RUN
    want_cause: str = ""
    cause: str = ""
    history: list[Change] = field(default_factory=list)


class MemoryLedger:
    """See `Ledger`. `lives` says whether an owner is still at work."""

    def __init__(
        self,
        *,
        lease_time: timedelta = timedelta(seconds=30),
        limits: Limits | None = None,
        lives: Callable[[ProcessId], bool] = lambda _: True,
    ) -> None:
        self.books: dict[str, Book] = {}
        self.lease_time = lease_time
        self.limits = limits or Limits()
        self._lives = lives

    def create(self, job: str, plan: JobPlan, work: Sequence[RangePlan]) -> None:
        states: dict[tuple[Subject, str], str] = {(Subject.JOB, ""): JobState.CREATED}
        attempts: dict[str, tuple[int, int]] = {}
        for at, step in enumerate(plan.steps):
            states[Subject.STEP, str(at)] = StepState.CREATED
            for index in range(step.spec.replicas):
                states[Subject.TASK, task_id(at, index)] = TaskState.CREATED
                attempts[task_id(at, index)] = (0, 0)
        self.books[job] = Book(plan, [Range(each, each.start) for each in work], states, attempts)

    def request(self, job: str, want: Want, cause: str) -> None:
        book = self.books[job]
        if book.want is Want.CANCEL and want is not Want.CANCEL:
            raise Conflict("it is being canceled")
        book.want, book.want_cause = want, cause

    def state(self, job: str) -> JobState:
        return JobState(self.books[job].states[Subject.JOB, ""])

    # The scheduler's side.

    def adopt(self, job: str, owner: ProcessId, now: datetime, *, force: bool = False) -> Adopted:
        book = self.books.get(job)
        if book is None:
            raise NotFound(job)
        state = self.state(job)
        if state is JobState.SUCCESS:
            raise Conflict("done")
        if book.owner is not None and not force and self._lives(book.owner):
            raise Conflict("somebody runs it")
        for each in book.ranges:
            if each.state is RangeState.LEASED:
                each.take_back()
            if state is JobState.FAIL:
                each.deaths = 0
        board, changes = take_over(self._load(book), "taken over")
        self._write(book, changes)
        book.epoch += 1
        book.owner, book.want, book.want_cause = owner, Want.RUN, ""
        return Adopted(epoch=book.epoch, job=board)

    def store(self, job: str, epoch: int, actions: Sequence[Stored], now: datetime) -> list[Released]:
        book = self._fence(job, epoch)
        self._write(book, [each for each in actions if isinstance(each, Change)])
        return [self._release(book, each) for each in actions if isinstance(each, Release)]

    def look(self, job: str, epoch: int, now: datetime, *, silent: bool = False) -> Notice:
        book = self._fence(job, epoch)
        late = {
            each.holder
            for each in book.ranges
            if each.state is RangeState.LEASED and each.expires is not None and each.expires < now
        }
        return Notice(want=book.want, cause=book.want_cause, silent=tuple(sorted(late)) if silent else ())

    def beat(self, job: str, epoch: int, live: Iterable[tuple[str, int]], now: datetime) -> None:
        book, holders = self._fence(job, epoch), set(live)
        for each in book.ranges:
            if each.state is RangeState.LEASED and each.holder in holders:
                each.expires = now + self.lease_time

    def resign(self, job: str, epoch: int, cause: str, now: datetime) -> None:
        book = self._fence(job, epoch)
        book.owner, book.cause = None, cause

    # The worker's side.

    def lease(self, holder: Holder, now: datetime) -> Lease | None:
        book = self.books[holder.job]
        if not self._is_present(book, holder):
            raise Fenced("not the present attempt")
        for number, each in enumerate(book.ranges):
            fits = each.plan.step == holder.step and each.plan.task in {"", holder.task}
            if fits and each.state is RangeState.PENDING:
                each.state, each.token, each.moved = RangeState.LEASED, each.token + 1, 0
                each.holder, each.expires = (holder.task, holder.attempt), now + self.lease_time
                return Lease(
                    holder=holder,
                    range=number,
                    token=each.token,
                    dataset=each.plan.dataset,
                    start=each.start,
                    end=each.plan.end,
                    rows=each.plan.rows - each.done,
                    deaths=each.deaths,
                    expires=each.expires,
                )
        return None

    def lease_units(self, holders: Sequence[Holder], now: datetime) -> list[Unit]:
        units: list[Unit] = []
        for holder in holders:
            try:
                units.append(self.lease(holder, now))
            except Fenced as error:
                units.append(error)
        return units

    def settle(self, leases: Sequence[Lease]) -> list[bool]:
        counts: list[bool] = []
        for lease in leases:
            try:
                self.complete(lease, 0, 0)(cast("Any", None))
                counts.append(True)
            except Fenced:
                counts.append(False)
        return counts

    def prolong(self, lease: Lease, now: datetime) -> None:
        self._held(lease).expires = now + self.lease_time

    def advance(self, lease: Lease, upto: Key, rows: int, failed: int) -> Guard:
        def guard(_: object) -> None:
            held = self._held(lease)
            held.start, held.deaths = upto, 0
            more = held.did(rows, failed)
            held.done += more

        return guard

    def complete(self, lease: Lease, rows: int, failed: int) -> Guard:
        def guard(_: object) -> None:
            held = self._held(lease)
            held.state, held.expires, held.deaths = RangeState.DONE, None, 0
            held.did(rows, failed)
            held.done = held.plan.rows

        return guard

    def give_back(self, lease: Lease) -> None:
        each = self.books[lease.holder.job].ranges[lease.range]
        if each.state is RangeState.LEASED and each.token == lease.token:
            each.take_back()

    # Inside.

    def _is_present(self, book: Book, holder: Holder) -> bool:
        working = book.states[Subject.TASK, holder.task] in _WORKING
        return working and (book.epoch, book.attempts[holder.task][0]) == (holder.epoch, holder.attempt)

    def _fence(self, job: str, epoch: int) -> Book:
        book = self.books[job]
        if book.epoch != epoch:
            raise Fenced("another scheduler has the job")
        return book

    def _held(self, lease: Lease) -> Range:
        held = self.books[lease.holder.job].ranges[lease.range]
        if held.state is not RangeState.LEASED or held.token != lease.token:
            raise Fenced("taken back")
        return held

    def _load(self, book: Book) -> Job:
        positions = {step.spec.id: at for at, step in enumerate(book.plan.steps)}
        tasks: dict[str, Task] = {}
        steps: list[Step] = []
        for at, step in enumerate(book.plan.steps):
            names = tuple(task_id(at, index) for index in range(step.spec.replicas))
            for name in names:
                attempt, deaths = book.attempts[name]
                state = TaskState(book.states[Subject.TASK, name])
                tasks[name] = Task(id=name, step=at, state=state, attempt=attempt, deaths=deaths)
            needs = tuple(positions[need] for need in step.spec.needs)
            state = StepState(book.states[Subject.STEP, str(at)])
            steps.append(Step(position=at, needs=needs, tasks=names, state=state))
        return Job.of(tuple(steps), tasks, JobState(book.states[Subject.JOB, ""]), self.limits)

    def _write(self, book: Book, changes: Sequence[Change]) -> None:
        for each in changes:
            where = each.subject, each.name
            if book.states[where] != each.old:
                raise Conflict(f"{where} is {book.states[where]}, not {each.old}")
            check(each.subject, each.name, each.old, each.new)
            book.states[where] = each.new
            if each.subject is Subject.TASK:
                book.attempts[each.name] = each.attempt, each.deaths
            if each.subject is Subject.JOB:
                book.cause = each.cause
                if each.new in FINAL_JOB or each.new is JobState.PAUSED:
                    book.owner = None
            book.history.append(each)

    def _release(self, book: Book, order: Release) -> Released:
        mine = [each for each in book.ranges if each.holder == (order.task, order.attempt)]
        exhausted = ""
        for each in mine:
            if each.state is RangeState.LEASED:
                each.take_back(deaths=int(order.died))
                if order.died and each.deaths >= self.limits.deaths:
                    exhausted = f"{self.limits.deaths} workers in a row died on {self._rows(book, each)}"
        return Released(
            task=order.task,
            attempt=order.attempt,
            progressed=any(each.moved or each.state is RangeState.DONE for each in mine),
            exhausted=f"{exhausted}; the last: {order.cause}" if exhausted else "",
        )

    def _rows(self, book: Book, each: Range) -> str:
        step = book.plan.steps[each.plan.step]
        if each.plan.dataset < 0:
            return f"step {step.spec.id}"
        name = step.datasets[each.plan.dataset].name
        return describe_rows(name, each.start, min(step.batch_size, each.plan.rows - each.done))
