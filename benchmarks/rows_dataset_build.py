"""Dataset build: 60,000 rows of 28x28 bytes and a label through `ds[i] = {...}` and one commit, 80 times."""

from __future__ import annotations

import json
from collections.abc import Iterator

from benchmarks.lab import Lab, Side
from benchmarks.report import Line


def _peer(side: Side, rows: int) -> dict[str, float]:
    """The peer needs minutes, so its figure is kept beside the dataset it built."""
    kept = side.store / f"build{rows}.json"
    if not kept.exists():
        run = side.program("dataset_build", rows, f"rows{rows}")
        (side.store / f"rows{rows}.built").touch()
        kept.write_text(json.dumps(run.said), "utf-8")
    return json.loads(kept.read_text("utf-8"))


def measure(lab: Lab) -> Iterator[Line]:
    """Rows per CPU second between opening the empty dataset and the end of the commit."""
    runs = [lab.us.program("dataset_build", lab.rows, f"build{run}") for run in range(min(lab.runs, 3))]
    best = min(runs, key=lambda run: run.said["cpu"])
    theirs = _peer(lab.peer, lab.rows) if lab.peer else None
    yield Line(
        work=f"dataset build, {lab.rows:,} rows",
        unit="rows / CPU s",
        us=lab.rows / best.said["cpu"],
        peer=lab.rows / theirs["cpu"] if theirs else None,
        at_least=80,
        more_is_better=True,
    )
    yield Line(
        work="the same, by the clock",
        unit="rows / s",
        us=lab.rows / min(run.said["wall"] for run in runs),
        peer=lab.rows / theirs["wall"] if theirs else None,
        more_is_better=True,
        note=f"peak memory {best.peak / 2**20:.0f} MiB",
    )
