"""One row added to 60,000 and committed: 200 times less CPU, less than 100 KB written."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.lab import Lab
from benchmarks.report import Line


def measure(lab: Lab) -> Iterator[Line]:
    """CPU milliseconds from opening the dataset to the end of the commit."""
    name = lab.dataset(lab.us, lab.rows)
    ours = [lab.us.program("dataset_append", name).said for _ in range(lab.runs)]
    theirs = None
    if lab.peer:
        theirs = lab.peer.program("dataset_append", lab.dataset(lab.peer, lab.rows)).said
    yield Line(
        work=f"one row added to {lab.rows:,}",
        unit="CPU ms",
        us=min(each["cpu"] for each in ours) * 1000,
        peer=theirs["cpu"] * 1000 if theirs else None,
        at_least=200,
        note=f"{min(each['wall'] for each in ours) * 1000:.0f} ms by the clock",
    )
    yield Line(
        work="the same",
        unit="bytes written",
        us=max(each["written"] for each in ours),
        peer=theirs["written"] if theirs else None,
        limit=100_000,
    )
