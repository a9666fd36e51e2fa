"""Fake time and seeded chance: everything that happens in a simulation follows from its seed."""

from __future__ import annotations

import heapq
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from random import Random

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)

#: When the faults stop; after that every job has to come to its end.
CALM = 60.0
PATIENCE = 4000.0

#: Where faults are injected, and how often where they are injected at all.
FAULTS = {
    "worker cannot start": 0.2,
    "worker dies with a new lease": 0.1,
    "worker dies at a row": 0.1,
    "worker dies after a commit": 0.15,
    "worker hangs": 0.1,
    "death is noticed late": 0.4,
    "stop is lost": 0.5,
    "fenced worker goes on": 0.5,
    "message is late": 0.3,
    "message comes twice": 0.3,
    "disk is full": 0.02,
    "scheduler dies before it writes": 0.03,
    "scheduler dies after it wrote": 0.05,
    "scheduler dies between orders": 0.05,
    "scheduler stalls": 0.03,
    "two schedulers start": 0.5,
    "workers outlive their scheduler": 0.5,
    "clock jumps": 0.02,
}

#: Something that lives: it acts, says how long it waits, and acts again.
Life = Generator[float]


class Violation(AssertionError):
    """A promise was broken; the message begins with the seed that breaks it again."""


class Clockwork:
    """Lives that take turns in fake time."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rng = Random(seed)
        self.now = 0.0
        self.skew = 0.0
        self.trace: list[str] = []
        self._queue: list[tuple[float, int, Life]] = []
        self._number = 0
        share = self.rng.choice((0.0, 0.2, 0.5))
        self.faults = {name: often for name, often in FAULTS.items() if self.rng.random() < share}

    @property
    def is_calm(self) -> bool:
        return self.now > CALM

    def clock(self) -> datetime:
        """What the clocks on the walls show: they may jump."""
        return EPOCH + timedelta(seconds=self.now + self.skew)

    def buggify(self, where: str) -> bool:
        """Whether a fault strikes here and now."""
        often = self.faults.get(where)
        if often is None or self.is_calm or self.rng.random() >= often:
            return False
        self.note(f"FAULT {where}")
        return True

    def note(self, what: str) -> None:
        self.trace.append(f"{self.now:8.2f} {what}")

    def spawn(self, life: Life, delay: float = 0.0) -> None:
        self._number += 1
        heapq.heappush(self._queue, (self.now + delay, self._number, life))

    def turn(self) -> None:
        """Let everybody live until all have died."""
        while self._queue:
            self.now, _, life = heapq.heappop(self._queue)
            delay = next(life, None)
            if delay is not None:
                self.spawn(life, delay)
            self.require(self.now < PATIENCE, "the job never ends")

    def require(self, holds: bool, promise: str) -> None:
        if not holds:
            raise self.violation(promise)

    def violation(self, promise: str) -> Violation:
        story = "\n".join(self.trace[-60:])
        return Violation(f"seed {self.seed}: {promise}\n{story}")
