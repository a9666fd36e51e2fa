"""Reading the rows of an order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from starwhale.datasets.loading.fields import Transform
from starwhale.datasets.loading.order import Order
from starwhale.kit.ahead import ahead
from starwhale.storage.rows.positions import Positions

Key = int | str
Rows = tuple[Sequence[Key], list[dict[str, Any]]]
_TASK = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Loader:
    """How rows are read.

    Attributes:
        workers: Threads that read ahead; 0 reads when a row is asked for, which is quickest where the
            bytes are on this machine.
        cache: Rows that may wait to be taken, at least 1.
        transform: Applied to the features of every row.
    """

    workers: int = 0
    cache: int = 1024
    transform: Transform | None = None


def read(positions: Positions, order: Order, loader: Loader, start: int = 0) -> Iterator[Rows]:
    """Keys and rows of an order, some at a time.

    Args:
        positions: The rows.
        order: Which, and in what order.
        loader: How.
        start: How many to pass over.
    """
    parts = _parts(positions, order, loader, start)
    if loader.transform is None:
        yield from parts
        return
    for keys, rows in parts:
        yield keys, list(map(loader.transform, rows))


def _parts(positions: Positions, order: Order, loader: Loader, start: int) -> Iterator[Rows]:
    if loader.workers == 0:
        for run in order.runs(start):
            if isinstance(run, range):
                yield from positions.rows(run.start, run.stop)
            else:
                yield _taken(positions, run)
        return
    tasks = (run[at : at + _TASK] for run in order.runs(start) for at in range(0, len(run), _TASK))
    waiting = max(1, loader.cache // _TASK)
    yield from ahead(
        lambda run: _range(positions, run) if isinstance(run, range) else _taken(positions, run),
        tasks,
        workers=loader.workers,
        waiting=waiting,
    )


def _range(positions: Positions, run: range) -> Rows:
    keys: list[Key] = []
    rows: list[dict[str, Any]] = []
    for some, decoded in positions.rows(run.start, run.stop):
        keys.extend(some)
        rows.extend(decoded)
    return keys, rows


def _taken(positions: Positions, run: Sequence[int]) -> Rows:
    taken = positions.take(run)
    return [key for key, _ in taken], [row for _, row in taken]
