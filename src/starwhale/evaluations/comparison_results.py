"""The results of jobs side by side: summaries, a page of rows, and intervals for metrics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from starwhale.core.errors import NotFound, UsageError
from starwhale.evaluations.comparison import ComparedRows, Figure, Wanted, compare_rows, compare_summaries
from starwhale.evaluations.comparison_intervals import Interval, Metric, intervals
from starwhale.evaluations.comparison_walk import Key, Row
from starwhale.evaluations.results import ResultStore

# of columns that nobody asked for
MOST_METRICS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What of the results is compared.

    Attributes:
        table: Whose rows.
        wanted: Which of them.
        metrics: For which of their numbers there are to be intervals; empty for those that differ and whose
            mean says something, five at most.
        seed: Of the draws.
        resamples: How often to draw.
    """

    table: str
    wanted: Wanted
    metrics: tuple[Metric, ...] = ()
    seed: int = 0
    resamples: int = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Results side by side.

    Attributes:
        base: Which of them is the base.
        summary: Their summaries.
        lacking: Those that have no such table; when there are any, no rows are compared.
        rows: Their rows; None where they are not compared.
        intervals: For each other one and each metric.
        left_out: Columns that differ and might have had an interval.
    """

    base: int
    summary: tuple[Figure, ...]
    lacking: tuple[int, ...]
    rows: ComparedRows | None
    intervals: tuple[Interval, ...]
    left_out: tuple[str, ...]


def compare_results(stores: Sequence[ResultStore], asked: Asked, *, base: int = 0) -> Comparison:
    """Lay the results of jobs side by side. Tables are walked, never loaded.

    Args:
        stores: Of two jobs or more.
        asked: What of them.
        base: Which of them the others are compared with.

    Raises:
        UsageError: fewer than two, no such base, or draws that make no sense.
        NotFound: no job has a column that was named.
    """
    if len(stores) < 2 or not 0 <= base < len(stores):
        raise UsageError(f"number {base + 1} of {len(stores)} jobs cannot be the base of a comparison")
    if asked.resamples < 1 or asked.seed < 0:
        raise UsageError(
            f"{asked.resamples} resamples with seed {asked.seed} make no interval",
            hint="resamples from 1 and seed from 0",
        )
    summary = compare_summaries([store.get_summary() for store in stores], base=base)
    lacking = tuple(place for place, store in enumerate(stores) if asked.table not in store.tables())
    if lacking:
        return Comparison(base=base, summary=summary, lacking=lacking, rows=None, intervals=(), left_out=())
    rows = compare_rows([_scan(store, asked.table) for store in stores], asked.wanted, base=base)
    scores = [column.name for column in rows.columns if column.is_score]
    metrics = asked.metrics or tuple(Metric(name) for name in scores[:MOST_METRICS])
    found = [
        each
        for place, store in enumerate(stores)
        if place != base and metrics
        for each in intervals(
            _scan(stores[base], asked.table),
            _scan(store, asked.table),
            metrics,
            place=place,
            seed=asked.seed,
            resamples=asked.resamples,
        )
    ]
    _check(asked.metrics, found)
    return Comparison(
        base=base,
        summary=summary,
        lacking=(),
        rows=rows,
        intervals=tuple(found),
        left_out=() if asked.metrics else tuple(scores[MOST_METRICS:]),
    )


def _scan(store: ResultStore, table: str) -> Iterator[tuple[Key, Row]]:
    for row in store.scan(table, keep_none=True):
        yield row.pop("id"), row


def _check(metrics: Sequence[Metric], found: Sequence[Interval]) -> None:
    """Refuse a metric that has a number nowhere: it is misspelt, or it is no number."""
    for metric in metrics:
        if all(each.difference is None for each in found if each.metric == str(metric)):
            raise NotFound(
                f"no row has a number {str(metric)!r} in both evaluations",
                hint="`swcli job info --output-filter tables` lists the columns",
            )
