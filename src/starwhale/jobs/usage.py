"""What tasks use of the machines they run on: processors, memory, storage. Values only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one attempt at a task has used so far, its child processes included.

    Attributes:
        seconds: How long it has run.
        cpu_seconds: Seconds of processors.
        memory: Bytes it has in memory, or had when it was looked at last.
        memory_peak: The most of that.
        bytes_read: Bytes fetched from storage; what lay in memory already is not among them.
        bytes_written: Bytes that go to storage.
    """

    seconds: float
    cpu_seconds: float
    memory: int
    memory_peak: int
    bytes_read: int
    bytes_written: int

    def to_wire(self) -> list[float]:
        """As workers tell it; `from_wire` reads it back."""
        times = [round(self.seconds, 4), round(self.cpu_seconds, 4)]
        return [*times, self.memory, self.memory_peak, self.bytes_read, self.bytes_written]

    @classmethod
    def from_wire(cls, told: Sequence[float]) -> Usage:
        """Read what `to_wire` wrote."""
        seconds, cpu, memory, peak, read, written = told
        return cls(
            seconds=seconds,
            cpu_seconds=cpu,
            memory=int(memory),
            memory_peak=int(peak),
            bytes_read=int(read),
            bytes_written=int(written),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskUsage:
    """What an attempt at a task has used so far; the last word about it comes before its end is told."""

    task: str
    attempt: int
    usage: Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageTotals:
    """What several attempts have used together.

    Attributes:
        attempts: How many of them there are of which it was recorded.
        cpu_seconds: Seconds of processors.
        memory_peak: The most that one of them had in memory.
        bytes_read: Bytes fetched from storage.
        bytes_written: Bytes that go to storage.
    """

    attempts: int
    cpu_seconds: float
    memory_peak: int
    bytes_read: int
    bytes_written: int


def add_up(totals: Iterable[UsageTotals | None]) -> UsageTotals | None:
    """Several totals as one; None where nothing was recorded."""
    found = [each for each in totals if each is not None]
    if not found:
        return None
    return UsageTotals(
        attempts=sum(each.attempts for each in found),
        cpu_seconds=sum(each.cpu_seconds for each in found),
        memory_peak=max(each.memory_peak for each in found),
        bytes_read=sum(each.bytes_read for each in found),
        bytes_written=sum(each.bytes_written for each in found),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class UsagePoint:
    """What was used over a stretch of time.

    Attributes:
        at: The end of the stretch.
        seconds: How long it is.
        attempt: Of a task: the attempt; of a job or a step: counts the schedulers that have had the job.
        cores: Processors that were busy, on average.
        memory: Bytes in memory, the most that was seen.
        read_rate: Bytes fetched from storage in a second, on average.
        write_rate: Bytes that went to storage in a second, on average.
    """

    at: datetime
    seconds: float
    attempt: int
    cores: float
    memory: int
    read_rate: float
    write_rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptUsage:
    """What one attempt at a task has used, as it was recorded last."""

    attempt: int
    usage: Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRead:
    """What a job, a step or a task uses over time.

    Attributes:
        points: In the order of time; empty where it was over before anybody looked, or nothing is recorded.
        attempts: Of a task: what its attempts have used; empty otherwise.
    """

    points: tuple[UsagePoint, ...]
    attempts: tuple[AttemptUsage, ...] = ()
