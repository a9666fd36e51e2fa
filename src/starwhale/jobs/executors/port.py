"""The port of executors: whatever can start a worker somewhere and tell how it fares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from starwhale.jobs.capacity import NOTHING, Ask
from starwhale.jobs.events import TaskEvent
from starwhale.jobs.states import Want
from starwhale.jobs.usage import TaskUsage

#: One attempt: the task's id and the number of the attempt.
Attempt = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outfit:
    """What a worker must have been started with to run a task. Equal outfits share warm workers.

    Attributes:
        workdir: Directory that holds the user's code.
        modules: What to import there.
        environment: Variables beside those of this process.
        python: Interpreter that has Starwhale and what the modules need; empty for the running one.
        limits: What the system is to hold it to, by the names of `resource`: ``{"RLIMIT_DATA": 1 << 30}``.
        ask: What it is to have of the machine to itself.
    """

    workdir: Path
    modules: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    python: str = ""
    limits: Mapping[str, int] = field(default_factory=dict[str, int])
    ask: Ask = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """One attempt at a task, to be run by a worker.

    Attributes:
        attempt: Which one.
        outfit: What its worker needs.
        run: What the worker is told, as JSON; its own business.
        step: Position of its step: the tasks of one step take about the same time.
        threads: All launches of the job share one worker, a thread each.
    """

    attempt: Attempt
    outfit: Outfit
    run: Mapping[str, Any]
    step: int = 0
    threads: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an attempt is.

    Attributes:
        done: Rows it made durable.
        fresh: Rows beyond that, lost if it dies now.
        failed: Those of all these rows whose result is an error.
    """

    task: str
    attempt: int
    done: int
    fresh: int
    failed: int


Told = TaskEvent | Progress | TaskUsage


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What an executor can do.

    Attributes:
        supervises: It knows for certain which of its attempts live, so that their leases need not run out.
    """

    supervises: bool


class Executor(Protocol):
    """Runs attempts. Each that was submitted ends in TaskDone, TaskFailed, TaskStopped or TaskLost.

    What an attempt uses is told as TaskUsage, now and then and just before its end, where that is known.
    """

    def capabilities(self) -> Capabilities:
        """What it can do."""
        ...

    def submit(self, launch: Launch) -> None:
        """Have a worker run an attempt, as soon as one is free; returns at once.

        Trouble in starting a worker is told by `poll`, as TaskLost.
        """
        ...

    def poll(self, timeout: float) -> list[Told]:
        """What happened since the last call; waits so many seconds for the first news, less after `wake`."""
        ...

    def stop(self, attempt: Attempt, want: Want, grace: float) -> None:
        """End an attempt; does nothing when it has ended.

        Args:
            attempt: Which one.
            want: PAUSE: between two rows. CANCEL: as soon as possible.
            grace: Seconds after which its worker is killed with all that it started; 0: at once.
        """
        ...

    def live(self) -> set[Attempt]:
        """Attempts that were submitted and have not ended."""
        ...

    def wake(self) -> None:
        """Have `poll` return now. May be called from a signal handler and from other threads."""
        ...

    def close(self) -> None:
        """End all workers; none is left when it returns."""
        ...
