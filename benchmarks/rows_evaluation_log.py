"""`evaluation.log` of 50,000 rows of four fields, durable, and their scan: 8 and 5 times."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.lab import Lab, Side
from benchmarks.report import Line

ROWS = 50_000


def _best(side: Side, runs: int) -> dict[str, float]:
    said: list[dict[str, Any]] = [side.program("evaluation_log", ROWS, run).said for run in range(runs)]
    return {part: min(each[part]["cpu"] for each in said) for part in ("log", "scan")}


def measure(lab: Lab) -> Iterator[Line]:
    """Rows per CPU second, every run on a table of its own."""
    ours = _best(lab.us, lab.runs)
    theirs = _best(lab.peer, 3) if lab.peer else None
    for part, at_least in (("log", 8), ("scan", 5)):
        yield Line(
            work=f"evaluation.{part}, {ROWS:,} rows",
            unit="rows / CPU s",
            us=ROWS / ours[part],
            peer=ROWS / theirs[part] if theirs else None,
            at_least=at_least,
            more_is_better=True,
        )
