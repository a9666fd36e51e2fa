"""What the decorators of metrics share: read what `evaluate` returned, measure it, log what was found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from math import isnan
from typing import TYPE_CHECKING, Any, cast

from starwhale.api import results
from starwhale.core.errors import UsageError

if TYPE_CHECKING:
    from starwhale.evaluations.metrics.report import Report

Function = Callable[..., Any]
Decorated = Callable[..., dict[str, Any]]
SCORES = "scores"
IDS = "ids"


def reporting(
    measure: Callable[..., Report],
    *,
    kind: str,
    modules: Sequence[str],
    columns: Sequence[str],
    optional: Sequence[str] = (),
    log_scores: bool,
) -> Callable[[Function], Decorated]:
    """A decorator that measures what a function returns.

    Args:
        measure: Takes the columns by name.
        kind: What the summary calls it.
        modules: Libraries that must be there; looked for before the function runs.
        columns: What the function returns, in this order as a tuple or by name as a dict.
        optional: What it may return besides.
        log_scores: Log the figures of each row to the table ``scores``, by position or by ``ids``.

    Raises:
        MissingDependency: a library is not installed.
        UsageError: the function returns something else.
    """

    def decorate(function: Function) -> Decorated:
        @wraps(function)
        def with_report(*args: Any, **kwargs: Any) -> dict[str, Any]:
            from starwhale.evaluations.metrics.libraries import require

            require(kind, *modules)
            given = _by_name(function(*args, **kwargs), kind, columns, optional)
            ids = given.pop(IDS, None)
            report = measure(**given)
            _log(report)
            if log_scores:
                _log_scores(report, ids)
            return report.to_dict()

        return with_report

    return decorate


def _by_name(returned: Any, kind: str, columns: Sequence[str], optional: Sequence[str]) -> dict[str, Any]:
    known = [*columns, *optional]
    if isinstance(returned, Mapping):
        given = {str(name): value for name, value in cast("Mapping[Any, Any]", returned).items()}
        if set(columns) <= set(given) <= {*known, IDS}:
            return given
    elif isinstance(returned, (tuple, list)):
        values = cast("Sequence[Any]", returned)
        if len(columns) <= len(values) <= len(known):
            return dict(zip(known, values, strict=False))
    also = "".join(f"[, {name}]" for name in optional)
    raise UsageError(
        f"evaluate under {kind} returns ({', '.join(columns)}{also})",
        hint=f"a dict of these names does as well, with {IDS!r} for the keys of the rows",
    )


def _log(report: Report) -> None:
    results.log_summary({"kind": report.kind, **report.summary})
    for name, rows in report.tables.items():
        for row in rows:
            results.log(name, row["id"], {column: value for column, value in row.items() if column != "id"})


def _log_scores(report: Report, ids: Any) -> None:
    rows = max((len(column) for column in report.scores.values()), default=0)
    keys = range(rows) if ids is None else list(ids)
    if len(keys) != rows:
        raise UsageError(f"there are {len(keys)} ids for {rows} rows")
    columns = list(report.scores.items())
    for row, key in enumerate(keys):
        # a figure that the row has not is NaN
        values = {name: float(scores[row]) for name, scores in columns if not isnan(scores[row])}
        results.log(SCORES, key, values)
