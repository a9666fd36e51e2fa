"""What workers of the executor's tests work with: no store at all. A dataset called "12" has 12 rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starwhale.jobs.leases import Holder, Lease, Unit
from starwhale.jobs.plan import DatasetInput, Key


@dataclass(frozen=True)
class Part:
    start: int
    end: int
    rows: int


class FakeRows:
    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    def scan(self, start: Key | None = None, end: Key | None = None) -> Iterator[tuple[Key, dict[str, Any]]]:
        assert isinstance(start, int)
        assert isinstance(end, int)
        for row in range(start, end):
            yield row, {"x": row}

    def split(self, rows_per_range: int, head: int = 0) -> list[Part]:
        count = min(self._count, head) if head else self._count
        starts = range(0, count, rows_per_range)
        return [
            Part(start, min(start + rows_per_range, count), min(rows_per_range, count - start))
            for start in starts
        ]


class FakeLedger:
    """One lease for each attempt: all rows of the dataset, or the one unit of work."""

    def __init__(self) -> None:
        self._given: set[tuple[str, int]] = set()

    def lease(self, holder: Holder, now: datetime) -> Lease | None:
        key = holder.task, holder.attempt
        if key in self._given:
            return None
        self._given.add(key)
        reads = holder.step == 0
        return Lease(
            holder=holder,
            range=1,
            token=1,
            dataset=0 if reads else -1,
            start=0 if reads else None,
            end=12 if reads else None,
            rows=12 if reads else 0,
            deaths=0,
            expires=now + timedelta(seconds=30),
        )

    def lease_units(self, holders: Sequence[Holder], now: datetime) -> list[Unit]:
        return [self.lease(holder, now) for holder in holders]

    def settle(self, leases: Sequence[Lease]) -> list[bool]:
        return [True for _ in leases]

    def prolong(self, lease: Lease, now: datetime) -> None:
        return

    def advance(self, lease: Lease, upto: Key, rows: int, failed: int) -> Callable[[Any], None]:
        return lambda _: print(f"advanced to {upto}")

    def complete(self, lease: Lease, rows: int, failed: int) -> Callable[[Any], None]:
        return lambda _: print(f"completed {rows}")

    def give_back(self, lease: Lease) -> None:
        print("gave back")


class FakeResults:
    pending = 0

    def log(self, table: str, id: str | int, values: Mapping[str, Any]) -> None:  # noqa: A002
        return

    def scan(self, table: str, **_: Any) -> Iterator[dict[str, Any]]:
        return iter(())

    def flush(self, *, guard: Callable[[Any], None] | None = None) -> None:
        if guard is not None:
            guard(None)

    def close(self) -> None:
        return


class FakeBench:
    def __init__(self) -> None:
        self.ledger = FakeLedger()

    def results(self, project: str, job: str) -> FakeResults:
        return FakeResults()

    def rows(self, dataset: DatasetInput) -> FakeRows:
        return FakeRows(int(dataset.name))

    def features(self, columns: dict[str, Any]) -> Mapping[str, Any]:
        return columns

    def info_of(self, dataset: DatasetInput) -> Any:
        return {}


def open_bench() -> FakeBench:
    return FakeBench()
