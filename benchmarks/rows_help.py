"""Help of the command line: 6 times less CPU than the peer, and at most 250 ms."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.lab import Lab, Side
from benchmarks.report import Line


def _cpu(side: Side, words: list[str], runs: int) -> float:
    return min(side.run([side.swcli, *words]).cpu for _ in range(runs)) * 1000


def measure(lab: Lab) -> Iterator[Line]:
    """CPU milliseconds of whole processes, the best of several."""
    for words in (["--help"], ["model", "run", "--help"]):
        ours = _cpu(lab.us, words, 2 * lab.runs)
        theirs = _cpu(lab.peer, words, lab.runs) if lab.peer else None
        name = f"swcli {' '.join(words)}"
        yield Line(work=name, unit="CPU ms", us=ours, peer=theirs, at_least=6, limit=250)
