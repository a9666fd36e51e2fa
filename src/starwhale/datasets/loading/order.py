"""The order in which rows are read: shuffled or not, shared out, to be taken up again anywhere.

An order is a list of all positions that is never written down: rows are shuffled by first
shuffling runs of neighbours, then the rows of as many runs as the buffer holds. So neighbours are
read together although the whole is mixed, and any place in the order is found from the seed alone.
Shares are cut out of that list, each in one piece: they neither overlap nor leave a gap, whatever
the number of rows, and each reads its own runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from starwhale.core.errors import UsageError

RUN = 64
"""Neighbouring rows that stay together until they are in the buffer."""

BUFFER = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One share of the rows of a dataset, in the order in which it is read.

    Attributes:
        count: Rows of the dataset, at least 0.
        seed: What shuffles them; None leaves them in key order.
        buffer: Rows among which each is shuffled, at least 1; what lies so far apart is mixed by runs.
        epoch: Each has an order of its own.
        index: Which share this is, from 0.
        total: Number of shares.
    """

    count: int
    seed: int | None = None
    buffer: int = BUFFER
    epoch: int = 0
    index: int = 0
    total: int = 1

    def __post_init__(self) -> None:
        if self.total < 1 or not 0 <= self.index < self.total:
            raise UsageError(f"there is no share {self.index} of {self.total}", hint="shares count from 0")
        if self.buffer < 1:
            raise UsageError(f"rows cannot be shuffled in a buffer of {self.buffer}")

    @property
    def bounds(self) -> tuple[int, int]:
        """Where in the order of all rows the share begins and ends."""
        return self.count * self.index // self.total, self.count * (self.index + 1) // self.total

    def __len__(self) -> int:
        low, high = self.bounds
        return high - low

    def share(self, index: int, total: int) -> Order:
        """A share of this share.

        Raises:
            UsageError: there is no such share.
        """
        return replace(self, index=self.index * total + index, total=self.total * total)

    def runs(self, start: int = 0) -> Iterator[range | list[int]]:
        """Positions in order, some at a time: a range of neighbours, or a list of shuffled ones.

        Args:
            start: How many of the share to pass over.
        """
        low, high = self.bounds
        low += start
        if self.seed is None:
            if low < high:
                yield range(low, high)
            return
        runs = self._shuffled_runs()
        per_buffer = max(1, self.buffer // RUN)
        begin = 0
        for group in range(0, len(runs), per_buffer):
            chosen = runs[group : group + per_buffer]
            rows = sum(min(RUN, self.count - run * RUN) for run in chosen)
            if begin + rows > low and begin < high:
                positions = [
                    place for run in chosen for place in range(run * RUN, min(self.count, (run + 1) * RUN))
                ]
                self._random(f"buffer {group}").shuffle(positions)
                yield positions[max(0, low - begin) : max(0, high - begin)]
            begin += rows

    def _shuffled_runs(self) -> list[int]:
        runs = list(range(-(-self.count // RUN)))
        self._random("runs").shuffle(runs)
        return runs

    def _random(self, what: str) -> Random:
        # Seeded by text, which Python hashes the same everywhere and in every release.
        return Random(f"starwhale {self.seed} {self.epoch} {what}")  # noqa: S311 - no secret
