"""`track.metrics`: 100,000 points, a call each, in less than 5 CPU seconds; by one process and by four."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.lab import Lab
from benchmarks.report import Line

POINTS = 100_000
CHILDREN = 4


def measure(lab: Lab) -> Iterator[Line]:
    """CPU seconds of whole runs, their collectors and ends included; what was logged is counted."""
    alone, together, reading = list[float](), list[float](), list[float]()
    for run in range(min(lab.runs, 3)):
        alone.append(lab.us.program("track_log", POINTS, f"alone{run}", 1).said["log"]["cpu"])
        together.append(lab.us.program("track_many", POINTS, f"many{run}", CHILDREN).said["log"]["cpu"])
        lab.us.program("track_read", POINTS, f"many{run}")
        reading.append(lab.us.program("track_read", POINTS, f"alone{run}").said["read"]["cpu"])
    yield Line(work=f"track.metrics, {POINTS:,} points", unit="CPU s", us=min(alone), limit=5)
    work = f"track.metrics, {POINTS:,} points from {CHILDREN} processes"
    yield Line(work=work, unit="CPU s", us=min(together), limit=5, note="their imports counted")
    yield Line(work=f"read a series of {POINTS:,} points", unit="CPU s", us=min(reading), limit=1)
