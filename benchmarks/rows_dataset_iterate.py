"""Iteration with `.features.img.to_bytes()`: 25 times; and beside Hugging Face `datasets`."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.lab import Lab, Side
from benchmarks.report import Line


def best(side: Side, program: str, *args: object, runs: int) -> dict[str, float]:
    """Least CPU and least wall seconds of several runs."""
    said = [side.program(program, *args).said for _ in range(runs)]
    return {name: min(each[name] for each in said) for name in ("cpu", "wall")}


def measure(lab: Lab) -> Iterator[Line]:
    """Rows per CPU second, opening the dataset included."""
    ours = best(lab.us, "dataset_iterate", lab.dataset(lab.us, lab.rows), runs=lab.runs)
    theirs = None
    if lab.peer:
        theirs = best(lab.peer, "dataset_iterate", lab.dataset(lab.peer, lab.rows), runs=2)
    hugging = best(lab.us, "hugging_iterate", lab.rows, runs=lab.runs)
    for unit, key in (("rows / CPU s", "cpu"), ("rows / s", "wall")):
        yield Line(
            work=f"iterate {lab.rows:,} rows",
            unit=unit,
            us=lab.rows / ours[key],
            peer=lab.rows / theirs[key] if theirs else None,
            at_least=25 if key == "cpu" else None,
            more_is_better=True,
        )
        yield Line(
            work=f"iterate {lab.rows:,} rows",
            unit=unit,
            us=lab.rows / ours[key],
            peer=lab.rows / hugging[key],
            rival="HF datasets",
            more_is_better=True,
        )
