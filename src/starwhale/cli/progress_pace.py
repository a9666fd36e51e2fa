"""How far the steps of a job are, and how fast they go."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from starwhale.cli import units

#: Seconds that a pace is taken over.
WINDOW = 10.0
#: Seconds between two looks that are remembered.
APART = 0.5
#: Seconds before anything is said.
EARLIEST = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StepProgress:
    """How far a step is.

    Attributes:
        name: What the user calls it.
        state: State of the step.
        done: Rows that are durable; 0 where the step reads no rows.
        total: Rows to do; 0 where it reads none.
        failed: Rows among `done` whose result is an error.
        tasks: Tasks it has.
        tasks_done: Those of them that have succeeded.
        tasks_failed: Those of them that have failed.
        workers: Tasks that a worker has now.
    """

    name: str
    state: str
    done: int = 0
    total: int = 0
    failed: int = 0
    tasks: int = 1
    tasks_done: int = 0
    tasks_failed: int = 0
    workers: int = 0

    @property
    def counted(self) -> tuple[int, int, str]:
        """What it is measured by: how many are done, how many there are, and what they are."""
        if self.total:
            return self.done, self.total, "rows"
        return self.tasks_done, self.tasks, "tasks"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepNow:
    """A step at a moment, with what can only be known by having watched it.

    Attributes:
        step: How far it is.
        rate: Rows, or tasks where it reads no rows, per second over the last seconds; None where unknown.
        took: Seconds that it has been seen to run; None where it has not.
    """

    step: StepProgress
    rate: float | None
    took: float | None

    @property
    def left(self) -> float | None:
        """Seconds it will take at this rate; None where nobody can say."""
        done, total, _ = self.step.counted
        return (total - done) / self.rate if self.rate and self.step.state == "RUNNING" else None


class Pace:
    """Takes down how much is done, and tells how fast it grows."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()
        self._began: float | None = None
        self._last = (0.0, 0)
        self.took: float | None = None

    def note(self, now: float, done: int, *, running: bool) -> None:
        """Take down how much is done.

        Args:
            now: Seconds on a clock that only goes forward.
            done: May fall, where what was done was lost.
            running: Whether it goes on; a pause counts for nothing.
        """
        if not running:
            if self._began is not None:
                self.took = now - self._began
                self._began = None
            self._seen.clear()
            return
        if self._began is None:
            self._began = now - (self.took or 0.0)
        self.took = now - self._began
        self._last = (now, done)
        if not self._seen or now - self._seen[-1][0] >= APART:
            self._seen.append(self._last)
        while len(self._seen) > 2 and now - self._seen[1][0] >= WINDOW:
            self._seen.popleft()

    @property
    def rate(self) -> float | None:
        """How much was done each second, over the last ten at most; None where it is too early to say."""
        if not self._seen:
            return None
        (begin, before), (end, after) = self._seen[0], self._last
        if end - begin < EARLIEST:
            return None
        return max(after - before, 0) / (end - begin)


def rate_text(rate: float) -> str:
    """A rate with three digits at most that say something: `1,234`, `56.7`, `0.25`."""
    if rate >= 100:
        return units.number(round(rate))
    return f"{rate:.1f}" if rate >= 10 else f"{rate:.2f}"


def span_text(seconds: float) -> str:
    """A length of time that is only guessed: `42 s`, `3 min 05 s`, `2 h 03 min`, `5 days`."""
    if seconds >= 2 * 86_400:
        return f"{round(seconds / 86_400):,} days"
    whole = round(seconds)
    return units.span(whole) if whole >= 60 else f"{max(whole, 1)} s"
