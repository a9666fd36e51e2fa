"""Restoring a locked runtime of 30 packages from a warm cache: within 3 s; finding it again: at once."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.lab import Lab
from benchmarks.report import Line


def measure(lab: Lab) -> Iterator[Line]:
    """Seconds by the clock, of the best of several runs."""
    said = lab.us.program("runtime_restore", lab.us.store / "runtime", min(lab.runs, 3)).said
    name = f"a runtime of {said['packages']} packages restored from a warm cache"
    yield Line(work=name, unit="s", us=said["restore"], limit=3.0)
    yield Line(work="the same, when it was restored before", unit="s", us=said["again"], limit=0.2)
    yield Line(work="its fingerprint compared", unit="s", us=said["compare"], limit=0.05)
