"""Single random reads `ds[k]`: 3,000 times; and beside Hugging Face `datasets`."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.lab import Lab
from benchmarks.report import Line
from benchmarks.rows_dataset_iterate import best

READS = 1_000
READS_OF_THE_PEER = 5  # each takes a second
MANY = 20_000


def measure(lab: Lab) -> Iterator[Line]:
    """Reads per CPU second with the dataset open."""
    ours = best(lab.us, "dataset_random", lab.dataset(lab.us, lab.rows), lab.rows, READS, runs=lab.runs)
    theirs = None
    if lab.peer:
        name = lab.dataset(lab.peer, lab.rows)
        theirs = best(lab.peer, "dataset_random", name, lab.rows, READS_OF_THE_PEER, runs=1)
    yield Line(
        work=f"{READS:,} random reads",
        unit="reads / CPU s",
        us=READS / ours["cpu"],
        peer=READS_OF_THE_PEER / theirs["cpu"] if theirs else None,
        at_least=3000,
        more_is_better=True,
        note=f"{ours['wall'] / READS * 1e6:.0f} µs each by the clock",
    )
    ours = best(lab.us, "dataset_random", lab.dataset(lab.us, lab.rows), lab.rows, MANY, runs=lab.runs)
    hugging = best(lab.us, "hugging_random", lab.rows, MANY, runs=lab.runs)
    yield Line(
        work=f"{MANY:,} random reads",
        unit="reads / CPU s",
        us=MANY / ours["cpu"],
        peer=MANY / hugging["cpu"],
        rival="HF datasets",
        more_is_better=True,
    )
