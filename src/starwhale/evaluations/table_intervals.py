"""How clearly the metrics of tables differ from those of a base, row by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starwhale.core.errors import NotFound, UsageError
from starwhale.evaluations.comparison_intervals import Interval, Metric, intervals
from starwhale.evaluations.comparison_values import number_of

if TYPE_CHECKING:
    from starwhale.core.actor import Actor
    from starwhale.evaluations.comparison_walk import Key, Row
    from starwhale.evaluations.tables import TableService
    from starwhale.storage.tables.reader import TableReader

#: Rows of all tables together that one request walks through.
MOST_ROWS = 400_000
#: Scores that one request draws, as `paired_bootstrap` counts them: some ten seconds.
_MOST_DRAWN = 800_000_000
#: Rows that are looked at to see what might be measured.
_SAMPLE = 50
_MOST_METRICS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was found.

    Attributes:
        metrics: What was measured.
        intervals: For each table but the base, and each metric.
    """

    metrics: tuple[str, ...]
    intervals: tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class TableIntervals:
    """Draws rows of tables of a project again and again."""

    rows: TableService

    def measure(
        self, actor: Actor, project: str, tables: Sequence[str], metrics: Sequence[str], resamples: int
    ) -> Measured:
        """Intervals for the difference of the means of metrics, over the rows that both have.

        Args:
            actor: Who asks.
            project: Of which project.
            tables: Paths of two tables or more; the first is the base.
            metrics: Columns, or ``COLUMN==COLUMN`` for how often both agree; none for the numbers that the
                base has in most of its first rows and whose mean says something.
            resamples: How often to draw.

        Raises:
            NotFound: there is no such table.
            UsageError: there are too many rows or draws, or fewer than two tables.
        """
        if len(tables) < 2:
            raise UsageError("one table cannot be compared", hint="name two or more, the base first")
        readers = self.rows.access.readers(actor, project, tables)
        many = sum(len(reader.base) + len(reader.tail) for reader in readers)
        if many > MOST_ROWS:
            raise UsageError(
                f"{many:,} rows are more than a request walks through",
                hint=f"compare tables of {MOST_ROWS:,} rows together, or use `swcli job compare`",
            )
        wanted = list(dict.fromkeys(map(Metric.parse, metrics))) or _usual(readers[0])
        left = _MOST_DRAWN

        def spend(scores: int) -> None:
            nonlocal left
            left -= scores
            if left < 0:
                raise UsageError(
                    f"{resamples:,} draws of {len(wanted)} metrics over {many:,} rows are too many at once",
                    hint="draw less often, choose fewer metrics, or use `swcli job compare`",
                )

        found = [
            each
            for place, reader in enumerate(readers[1:], start=1)
            if wanted
            for each in intervals(
                readers[0].scan(), reader.scan(), wanted, place=place, resamples=resamples, spend=spend
            )
        ]
        for metric in metrics:
            known = str(Metric.parse(metric))
            if all(each.difference is None for each in found if each.metric == known):
                raise NotFound(f"no row has a number {metric[:80]!r} in two of the tables")
        return Measured(metrics=tuple(str(each) for each in wanted), intervals=tuple(found))


def _usual(reader: TableReader) -> list[Metric]:
    """Numbers whose mean says something: fractions, true and false."""
    rows = [row for _, row in zip(range(_SAMPLE), _plain(reader), strict=False)]
    names = dict.fromkeys(name for row in rows for name in row)
    return [Metric(name) for name in names if _is_score([row.get(name) for row in rows])][:_MOST_METRICS]


def _plain(reader: TableReader) -> Iterator[Row]:
    scanned: Iterator[tuple[Key, Row]] = reader.scan()
    return (row for _, row in scanned)


def _is_score(values: Sequence[object]) -> bool:
    told = [value for value in values if value is not None]
    return len(told) * 2 > len(values) and all(
        isinstance(value, (bool, float)) and number_of(value) is not None for value in told
    )
