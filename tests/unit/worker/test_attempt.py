"""One attempt: what it leases, when it makes rows durable, and how it stops."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from starwhale.core.handlers import HandlerKind, HandlerSpec
from starwhale.jobs.leases import Fenced, Holder, Lease, Unit
from starwhale.jobs.plan import DatasetInput, Key
from starwhale.jobs.states import Want
from starwhale.kit.times import utc_now
from starwhale.worker.ports import Row, TaskRun
from starwhale.worker.task import Attempt, Stopped

DATASET = DatasetInput(uri="local/project/self/dataset/d/version/v", project="self", name="d", version="v")
HOLDER = Holder(job="j", epoch=1, step=0, task="0.0", attempt=1)


class Numbers:
    """A dataset whose keys are 0, 10, 20, …"""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    def split(self, rows_per_range: int, head: int = 0) -> list[Any]:
        return []

    def scan(self, start: Key | None = None, end: Key | None = None) -> Iterator[Row]:
        keys = range(0, self._count * 10, 10)
        return ((key, {"x": key}) for key in keys if (start or 0) <= key and (end is None or key < end))  # type: ignore[operator]


@dataclass
class Book:
    """A ledger and results in one: notes what happens in what order."""

    leases: list[Lease]
    happened: list[str] = field(default_factory=list[str])
    pending: int = 0
    fenced: bool = False
    ended: list[Lease] = field(default_factory=list[Lease])
    flushed: Callable[[], object] = lambda: None

    def lease(self, holder: Holder, now: datetime) -> Lease | None:
        return self.leases.pop(0) if self.leases else None

    def lease_units(self, holders: Sequence[Holder], now: datetime) -> list[Unit]:
        return [self.lease(holder, now) for holder in holders]

    def settle(self, leases: Sequence[Lease]) -> list[bool]:
        return [not self.fenced for _ in leases]

    def prolong(self, lease: Lease, now: datetime) -> None:
        if self.fenced or lease in self.ended:
            raise Fenced("taken back")

    def advance(self, lease: Lease, upto: Key, rows: int, failed: int) -> Callable[[Any], None]:
        return lambda _: self._note(f"advance to {upto}: {rows} rows, {failed} failed")

    def complete(self, lease: Lease, rows: int, failed: int) -> Callable[[Any], None]:
        def end(_: Any) -> None:
            self._note(f"complete: {rows} rows, {failed} failed")
            self.ended.append(lease)

        return end

    def give_back(self, lease: Lease) -> None:
        self.happened.append("give back")

    def _note(self, what: str) -> None:
        if self.fenced:
            raise Fenced("taken back")
        self.happened.append(what)

    def flush(self, *, guard: Callable[[Any], None] | None = None) -> None:
        assert guard is not None
        guard(None)
        self.happened.append(f"durable: {self.pending}")
        self.pending = 0
        self.flushed()

    def close(self) -> None:
        return


class Bench:
    def __init__(self, book: Book, rows: int) -> None:
        self.ledger, self._rows = book, rows

    def results(self, project: str, job: str) -> Any:
        raise AssertionError

    def rows(self, dataset: DatasetInput) -> Numbers:
        return Numbers(self._rows)

    def features(self, columns: dict[str, Any]) -> Mapping[str, Any]:
        return columns

    def info_of(self, dataset: DatasetInput) -> Any:
        return {}


class Runner:
    """Logs every row; `before` is called before each."""

    def __init__(
        self, book: Book, *, batch_size: int = 1, before: Callable[[Key], object] = lambda _: None
    ) -> None:
        self.book, self.before = book, before
        self.batch_size, self.failed = batch_size, 0
        self.seen: list[list[Key]] = []

    def predict(self, dataset: DatasetInput, batches: Iterable[list[Row]]) -> None:
        for batch in batches:
            self.seen.append([key for key, _ in batch])
            for key, _ in batch:
                self.before(key)
                self.book.pending += 1

    def call(self) -> None:
        self.book.happened.append("called")

    def close(self) -> None:
        return


def lease(start: int | None, end: int | None, rows: int, *, deaths: int = 0, dataset: int = 0) -> Lease:
    return Lease(
        holder=HOLDER,
        range=1,
        token=1,
        dataset=dataset,
        start=start,
        end=end,
        rows=rows,
        deaths=deaths,
        expires=utc_now(),
    )


def make(
    book: Book, rows: int = 100, clock: Callable[[], float] = lambda: 0.0
) -> tuple[Attempt, list[tuple[int, int, int]]]:
    spec = HandlerSpec(id="m:p", module="m", qualname="p", kind=HandlerKind.PREDICT)
    run = TaskRun(
        job="j",
        project="self",
        log_project="self",
        task="0.0",
        attempt=1,
        index=0,
        total=1,
        spec=spec,
        workdir=Path(),
        datasets=(DATASET,),
    )
    told: list[tuple[int, int, int]] = []
    attempt = Attempt(
        run, HOLDER, Bench(book, rows), book, lambda *numbers: told.append(numbers), clock=clock
    )
    return attempt, told


def test_each_range_becomes_durable_together_with_its_completion() -> None:
    book = Book([lease(0, 30, 3), lease(50, 70, 2)])
    attempt, told = make(book)
    runner = Runner(book)
    attempt.work(runner)
    assert runner.seen == [[0], [10], [20], [50], [60]]
    assert book.happened == [
        "complete: 3 rows, 0 failed",
        "durable: 3",
        "complete: 2 rows, 0 failed",
        "durable: 2",
    ]
    assert told == [(3, 0, 0), (5, 0, 0)]
    assert attempt.lease is None


def test_rows_come_in_batches_and_the_last_may_be_short() -> None:
    book = Book([lease(0, None, 5)])
    attempt, _ = make(book, rows=5)
    runner = Runner(book, batch_size=2)
    attempt.work(runner)
    assert runner.seen == [[0, 10], [20, 30], [40]]


def test_a_unit_of_work_is_one_call() -> None:
    book = Book([lease(None, None, 0, dataset=-1)])
    attempt, _ = make(book)
    attempt.work(Runner(book))
    assert book.happened == ["called", "complete: 0 rows, 0 failed", "durable: 0"]


def test_a_wish_to_stop_is_heeded_between_rows_with_the_rows_before_it_durable() -> None:
    book = Book([lease(0, 100, 10)])
    attempt, _ = make(book)

    def before(key: Key) -> None:
        if key == 30:
            attempt.stop = Want.PAUSE

    with pytest.raises(Stopped):
        attempt.work(Runner(book, before=before))
    attempt.give_back()
    assert book.happened == ["advance to 40: 4 rows, 0 failed", "durable: 4", "give back"]
    attempt.give_back()
    assert book.happened[-2:] == ["durable: 4", "give back"]


def test_a_wish_to_stop_before_the_first_row_leases_nothing() -> None:
    book = Book([lease(0, 100, 10)])
    attempt, _ = make(book)
    attempt.stop = Want.CANCEL
    with pytest.raises(Stopped):
        attempt.work(Runner(book))
    assert len(book.leases) == 1
    assert book.happened == []


def test_rows_that_take_long_become_durable_before_their_range_is_done() -> None:
    book, now = Book([lease(0, 60, 6)]), [0.0]
    attempt, told = make(book, clock=lambda: now[0])

    def take_a_second(_: Key) -> None:
        now[0] += 1.01

    attempt.work(Runner(book, before=take_a_second))
    assert book.happened[::2] == [
        "advance to 20: 2 rows, 0 failed",
        "advance to 40: 2 rows, 0 failed",
        "complete: 2 rows, 0 failed",
    ]
    assert told[-1] == (6, 0, 0)


def test_progress_is_told_now_and_then_also_of_rows_that_are_not_durable_yet() -> None:
    book, now = Book([lease(0, 60, 6)]), [0.0]
    attempt, told = make(book, clock=lambda: now[0])

    def take_a_moment(_: Key) -> None:
        now[0] += 0.11

    attempt.work(Runner(book, before=take_a_moment))
    assert told == [(0, 2, 0), (0, 4, 0), (6, 0, 0)]


def test_where_a_worker_died_each_row_becomes_durable_by_itself() -> None:
    book = Book([lease(0, 30, 3, deaths=1)])
    attempt, _ = make(book)
    attempt.work(Runner(book))
    assert book.happened[::2] == [
        "advance to 10: 1 rows, 0 failed",
        "advance to 20: 1 rows, 0 failed",
        "complete: 1 rows, 0 failed",
    ]


def test_rows_with_an_error_are_counted_where_they_became_durable() -> None:
    book = Book([lease(0, 30, 3), lease(30, 60, 3)])
    attempt, told = make(book)
    runner = Runner(book)

    def before(key: Key) -> None:
        runner.failed += key in {10, 30, 40}

    runner.before = before
    attempt.work(runner)
    assert book.happened[::2] == ["complete: 3 rows, 1 failed", "complete: 3 rows, 2 failed"]
    assert told[-1] == (6, 0, 3)


def test_an_attempt_that_lost_its_lease_makes_nothing_durable() -> None:
    book = Book([lease(0, 30, 3), lease(30, 60, 3)], fenced=True)
    attempt, told = make(book)
    with pytest.raises(Fenced):
        attempt.work(Runner(book))
    assert book.happened == []
    assert told == []


def test_a_lease_that_was_taken_back_is_noticed_meanwhile() -> None:
    book = Book([lease(0, 30, 3)])
    attempt, _ = make(book)
    kept: list[bool] = []

    def before(key: Key) -> None:
        book.fenced = key == 20
        kept.append(attempt.keep())

    with pytest.raises(Fenced):
        attempt.work(Runner(book, before=before))
    assert kept == [True, True, False]


def test_a_lease_that_ends_with_its_work_is_not_taken_for_one_that_was_taken_back() -> None:
    """Whoever keeps it may come just after the end was written, and before the attempt has noted that."""
    book = Book([lease(0, 30, 3), lease(30, 60, 3)])
    attempt, _ = make(book)
    kept: list[bool] = []
    book.flushed = lambda: kept.append(attempt.keep())
    attempt.work(Runner(book))
    assert kept == [True, True]
    assert book.happened[::2] == ["complete: 3 rows, 0 failed"] * 2
    assert attempt.keep()
