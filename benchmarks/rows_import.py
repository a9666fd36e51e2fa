"""`import starwhale`: 40 times less CPU than the peer, and at most 20 ms over bare Python."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.lab import Lab, Side
from benchmarks.report import Line


def _cpu(side: Side, code: str, runs: int) -> float:
    return min(side.run([str(side.python), "-c", code]).cpu for _ in range(runs)) * 1000


def measure(lab: Lab) -> Iterator[Line]:
    """CPU milliseconds of whole processes, the best of many."""
    ours = _cpu(lab.us, "import starwhale", 4 * lab.runs)
    bare = _cpu(lab.us, "pass", 4 * lab.runs)
    theirs = _cpu(lab.peer, "import starwhale", lab.runs) if lab.peer else None
    yield Line(work="import starwhale", unit="CPU ms", us=ours, peer=theirs, at_least=40)
    yield Line(work="import starwhale, over bare Python", unit="CPU ms", us=ours - bare, limit=20)
