"""What a job, its steps and its tasks use over time, written by its scheduler while it runs.

Each of them has a file of lines, ``[attempt, at, seconds, cpu_seconds, memory, bytes_read, bytes_written]``:
seconds and bytes since the attempt began, memory the most since the line before. Lines are only added, and
the longer it takes the fewer of them: their number grows with the logarithm of the time. Tasks that are over
before they are looked at have no file; what they used is in the lines of their step all the same.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from starwhale.jobs.usage import TaskUsage, Usage

#: Name of the file of a job, and how the names of all end.
WHOLE, SUFFIX = "job", ".usage"
#: Seconds between two lines in the beginning, how many of them there are, and after how many more the time
#: between two doubles again.
PAUSE, FIRST, MORE = 2.0, 120, 60

log = logging.getLogger(__name__)


class Track:
    """One file.

    Args:
        path: Where it lies.
        attempt: What its lines are about.
    """

    def __init__(self, path: Path, attempt: int) -> None:
        self._path = path
        self._attempt = attempt
        self._lines = path.read_bytes().count(b"\n") if path.exists() else 0
        self._next = 0.0
        self._top = 0

    def note(self, usage: Usage, now: float, *, last: bool = False) -> None:
        """Add a line, when it is time for one.

        Args:
            usage: What was used so far.
            now: Seconds since 1970.
            last: It is time.
        """
        self._top = max(self._top, usage.memory)
        if now < self._next and not last:
            return
        line = [
            self._attempt,
            round(now, 2),
            round(usage.seconds, 2),
            round(usage.cpu_seconds, 2),
            self._top,
            usage.bytes_read,
            usage.bytes_written,
        ]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            file.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")
        self._lines += 1
        # A little less than the pause: what is looked at in time must not wait for the next look.
        self._next = now + 0.9 * PAUSE * 2 ** max(0, (self._lines - FIRST + MORE - 1) // MORE)
        self._top = 0


@dataclass(slots=True)
class _Sum:
    """What a step, or a job, has used since its scheduler began.

    Attributes:
        ended: Memory of what has ended since the last look, times the seconds it was there.
        top: The most that one of these had.
        moved: Something was told since the last look.
    """

    track: Track
    cpu_seconds: float = 0.0
    bytes_read: int = 0
    bytes_written: int = 0
    ended: float = 0.0
    top: int = 0
    moved: bool = False


@dataclass(slots=True)
class _Attempt:
    usage: Usage
    track: Track | None = field(default=None)


class UsageTracks:
    """All files of one job.

    Args:
        folder: Directory for them; made when there is something to write.
        steps: Position of the step of each task.
        epoch: Counts the schedulers that have had the job.
        threads: All tasks share one process, and each is told what that has in memory.
    """

    def __init__(self, folder: Path, steps: Mapping[str, int], epoch: int, *, threads: bool = False) -> None:
        self._folder = folder
        self._threads = threads
        self._steps = steps
        self._began = self._noted = time.time()
        self._live: dict[tuple[str, int], _Attempt] = {}
        self._whole = _Sum(Track(folder / f"{WHOLE}{SUFFIX}", epoch))
        self._sums = {
            step: _Sum(Track(folder / f"{step}{SUFFIX}", epoch)) for step in sorted(set(steps.values()))
        }

    def note(self, told: TaskUsage) -> None:
        """A worker has told what an attempt uses."""
        known = self._live.setdefault((told.task, told.attempt), _Attempt(_NOTHING))
        for each in (self._whole, self._sums[self._steps[told.task]]):
            each.cpu_seconds += told.usage.cpu_seconds - known.usage.cpu_seconds
            each.bytes_read += told.usage.bytes_read - known.usage.bytes_read
            each.bytes_written += told.usage.bytes_written - known.usage.bytes_written
            each.moved = True
        known.usage = told.usage
        if told.usage.seconds < PAUSE and known.track is None:
            return
        if known.track is None:
            known.track = Track(self._folder / f"{told.task}{SUFFIX}", told.attempt)
        self._write(known.track, told.usage)

    def end(self, task: str, attempt: int) -> None:
        """An attempt has ended; whatever was to be told of it was told."""
        found = self._live.pop((task, attempt), None)
        if found is None:
            return
        if found.track is not None:
            self._write(found.track, found.usage, last=True)
        lasted = min(found.usage.seconds, time.time() - self._noted)
        for each in (self._whole, self._sums[self._steps[task]]):
            each.top = max(each.top, found.usage.memory)
            each.ended += found.usage.memory * max(0.0, lasted)

    def tick(self, *, last: bool = False) -> None:
        """Note what job and steps use, when it is time.

        Args:
            last: It is time.
        """
        now = time.time()
        passed = now - self._noted
        if (passed < PAUSE and not last) or passed <= 0:
            return
        memory = dict.fromkeys(self._sums, 0)
        for (task, _), each in self._live.items():
            memory[self._steps[task]] = self._add(memory[self._steps[task]], each.usage.memory)
        whole = 0
        for own in memory.values():
            whole = self._add(whole, own)
        sums = [(self._whole, whole), *((self._sums[at], own) for at, own in memory.items())]
        for each, lasting in sums:
            if each.moved:
                self._write(each.track, self._total(each, lasting, now), last=last)
                each.moved, each.ended, each.top = lasting > 0, 0.0, 0
        self._noted = now

    def _total(self, each: _Sum, lasting: int, now: float) -> Usage:
        ended = each.top if self._threads else int(each.ended / (now - self._noted))
        memory = self._add(lasting, ended)
        return Usage(
            seconds=now - self._began,
            cpu_seconds=each.cpu_seconds,
            memory=memory,
            memory_peak=memory,
            bytes_read=each.bytes_read,
            bytes_written=each.bytes_written,
        )

    def _add(self, one: int, other: int) -> int:
        return max(one, other) if self._threads else one + other

    def _write(self, track: Track, usage: Usage, *, last: bool = False) -> None:
        try:
            track.note(usage, time.time(), last=last)
        except OSError as error:
            # The job matters more than what is known of it.
            log.warning("what is used could not be written: %s", error)


_NOTHING = Usage(seconds=0.0, cpu_seconds=0.0, memory=0, memory_peak=0, bytes_read=0, bytes_written=0)
