"""Lines that a scheduler has written, as points of a curve: see `jobs.usage_tracks`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from math import ceil
from typing import NamedTuple

from starwhale.jobs.usage import UsagePoint

#: Points that are given out at most.
MOST = 240
#: Bytes of a file that are read; years of lines have room in it.
LONGEST = 4 << 20


class _Line(NamedTuple):
    attempt: int
    at: float
    seconds: float
    cpu: float
    memory: int
    read: int
    written: int


class _Stretch(NamedTuple):
    """What was used between two lines."""

    attempt: int
    end: float
    seconds: float
    cpu: float
    memory: int
    read: int
    written: int


def points_of(data: bytes, most: int = MOST) -> tuple[UsagePoint, ...]:
    """The curve of a file; several lines become one point where there are more of them.

    Args:
        data: Content of the file; a last line that is cut short is left out.
        most: Points that one attempt has at most; several together have twice as many, the last ones.
    """
    stretches = list(_stretches(_lines(data)))
    if not stretches:
        return ()
    first, last = stretches[0].end - stretches[0].seconds, stretches[-1].end
    width = max(last - first, 1e-9) / most
    slots: dict[tuple[int, int], list[_Stretch]] = {}
    for each in stretches:
        slots.setdefault((each.attempt, ceil((each.end - first) / width)), []).append(each)
    return tuple(_point(some) for some in slots.values())[-2 * most :]


def _lines(data: bytes) -> Iterator[_Line]:
    for text in data.split(b"\n")[:-1]:
        try:
            attempt, at, seconds, cpu, memory, read, written = json.loads(text)
            yield _Line(
                int(attempt), float(at), float(seconds), float(cpu), int(memory), int(read), int(written)
            )
        except (ValueError, TypeError):
            continue  # a process that was killed may have left half a line


def _stretches(lines: Iterable[_Line]) -> Iterator[_Stretch]:
    before: _Line | None = None
    for line in lines:
        # What is counted begins anew with each attempt.
        known = before if before is not None and before.attempt == line.attempt else None
        seconds = line.seconds - (known.seconds if known else 0.0)
        if seconds > 0:
            yield _Stretch(
                attempt=line.attempt,
                end=line.at,
                seconds=seconds,
                cpu=max(0.0, line.cpu - (known.cpu if known else 0.0)),
                memory=line.memory,
                read=max(0, line.read - (known.read if known else 0)),
                written=max(0, line.written - (known.written if known else 0)),
            )
        before = line


def _point(some: Sequence[_Stretch]) -> UsagePoint:
    seconds = sum(each.seconds for each in some)
    return UsagePoint(
        at=datetime.fromtimestamp(some[-1].end, UTC),
        seconds=seconds,
        attempt=some[-1].attempt,
        cores=sum(each.cpu for each in some) / seconds,
        memory=max(each.memory for each in some),
        read_rate=sum(each.read for each in some) / seconds,
        write_rate=sum(each.written for each in some) / seconds,
    )
