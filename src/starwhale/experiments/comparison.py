"""Runs side by side: what was set differently, and what came out differently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starwhale.experiments.schemas import RunDetails, RunRead
from starwhale.experiments.tallies import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One name in all runs.

    Attributes:
        name: Of a parameter, a metric or a fact.
        values: One per run, in their order; None where a run has none.
        differs: Whether they are not all the same.
    """

    name: str
    values: Sequence[Any]
    differs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Runs side by side.

    Attributes:
        runs: In the order in which they were asked for.
        facts: Where they came from: commit, host, Python, command line.
        params: Parameters by name.
        metrics: Summaries by name; they differ when their last values do.
    """

    runs: Sequence[RunRead]
    facts: Sequence[Compared]
    params: Sequence[Compared]
    metrics: Sequence[Compared]


FACTS = (
    ("git", "commit"),
    ("git", "branch"),
    ("git", "dirty"),
    ("environment", "command"),
    ("environment", "host"),
    ("environment", "python"),
)


def compare(runs: Sequence[RunDetails]) -> Comparison:
    """Lay runs side by side."""
    return Comparison(
        runs=[each.run for each in runs],
        facts=_side_by_side([_facts(each) for each in runs]),
        params=_side_by_side([each.params for each in runs]),
        metrics=_metrics([each.metrics for each in runs]),
    )


def _facts(details: RunDetails) -> dict[str, Any]:
    found = {f"{of} {name}": details.facts.get(of, {}).get(name) for of, name in FACTS}
    return {name: value for name, value in found.items() if value is not None}


def _side_by_side(columns: Sequence[Mapping[str, Any]]) -> list[Compared]:
    names = dict.fromkeys(name for column in columns for name in sorted(column))
    return [_compared(name, [column.get(name) for column in columns]) for name in sorted(names)]


def _metrics(columns: Sequence[Mapping[str, Tally]]) -> list[Compared]:
    found: list[Compared] = []
    for name in sorted({name for column in columns for name in column}):
        tallies = [column.get(name) for column in columns]
        lasts = [repr(tally.last) if tally else "" for tally in tallies]
        found.append(Compared(name=name, values=tallies, differs=len(set(lasts)) > 1))
    return found


def _compared(name: str, values: Sequence[Any]) -> Compared:
    return Compared(name=name, values=values, differs=any(not _same(values[0], each) for each in values[1:]))


def _same(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    try:
        return bool(one == other)
    except (TypeError, ValueError):  # arrays compare element by element
        return repr(one) == repr(other)
