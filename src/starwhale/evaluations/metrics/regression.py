"""Figures of answers that are numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from starwhale.core.errors import UsageError
from starwhale.evaluations.metrics.curves import MOST_POINTS
from starwhale.evaluations.metrics.inputs import numbers, same_length
from starwhale.evaluations.metrics.libraries import require
from starwhale.evaluations.metrics.report import Report, Row, Summary, defined, from_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

KIND = "regression"
MODULES = ("sklearn",)
_AVERAGED = (
    "mae",
    "mse",
    "rmse",
    "median_absolute_error",
    "max_error",
    "mean_error",
    "mape",
    "r2",
    "explained_variance",
    "pearson",
    "spearman",
)


def regression(y_true: Any, y_pred: Any, *, bins: int = 30) -> Report:
    """Errors, explained variance and correlation.

    Several outputs per row are measured each by itself, in the table ``outputs``; the summary has the mean
    of each figure over the outputs (of `max_error` the largest).

    Args:
        y_true: Numbers, shape ``(rows,)`` or ``(rows, outputs)``.
        y_pred: The same shape.
        bins: Of the histogram of errors.

    Returns:
        Tables ``residuals`` (histogram of answer minus truth) and ``parity`` (at most 1,000 rows, truth
        against answer), with ``/OUTPUT`` behind the name where there are several outputs.

    Raises:
        UsageError: lengths or shapes differ, there are no rows, or a value is no finite number.
        MissingDependency: scikit-learn is not installed.
    """
    require(KIND, *MODULES)
    truth = numbers(y_true, "y_true", dimensions=(1, 2))
    answer = numbers(y_pred, "y_pred", dimensions=(1, 2))
    rows = same_length(y_true=truth, y_pred=answer)
    if truth.shape != answer.shape or not truth.size:
        raise UsageError(f"y_true has the shape {truth.shape} and y_pred {answer.shape}")
    if bins < 1:
        raise UsageError(f"a histogram has at least one bin, not {bins}")
    tables: dict[str, list[Row]] = {}
    outputs: list[Summary] = []
    columns = truth.reshape(rows, -1).shape[1]
    for i in range(columns):
        true, said = truth.reshape(rows, -1)[:, i], answer.reshape(rows, -1)[:, i]
        name = f"/{i}" if truth.ndim == 2 else ""
        outputs.append(_figures(true, said))
        tables[f"residuals{name}"] = _histogram(said - true, bins)
        tables[f"parity{name}"] = _sample(true, said)
    if truth.ndim == 2:
        tables["outputs"] = [{"id": i, **figures} for i, figures in enumerate(outputs)]
    errors = np.abs(answer - truth).reshape(rows, -1)
    with np.errstate(over="ignore"):
        squares = np.square(errors).mean(axis=1)
    scores = {"absolute_error": errors.mean(axis=1), "squared_error": squares}
    return Report(kind=KIND, summary={"rows": rows, **_averaged(outputs)}, tables=tables, scores=scores)


def _figures(truth: Floats, answer: Floats) -> Summary:
    from sklearn import metrics

    with np.errstate(over="ignore", invalid="ignore"):
        mse = float(metrics.mean_squared_error(truth, answer))
        figures: dict[str, float | None] = {
            "mae": metrics.mean_absolute_error(truth, answer),
            "mse": mse,
            "rmse": mse**0.5,
            "median_absolute_error": metrics.median_absolute_error(truth, answer),
            "max_error": metrics.max_error(truth, answer),
            "mean_error": float(np.mean(answer - truth)),
            # a share of nothing is not defined
            "mape": metrics.mean_absolute_percentage_error(truth, answer) if truth.all() else None,
        }
        if len(truth) > 1:
            figures["r2"] = metrics.r2_score(truth, answer, force_finite=False) if np.ptp(truth) else None
            figures["explained_variance"] = (
                metrics.explained_variance_score(truth, answer, force_finite=False) if np.ptp(truth) else None
            )
            figures |= {"pearson": _pearson(truth, answer), "spearman": _spearman(truth, answer)}
    return defined(figures)


def _pearson(truth: Floats, answer: Floats) -> float | None:
    if not np.ptp(truth) or not np.ptp(answer):
        return None
    return float(np.corrcoef(truth, answer)[0, 1])


def _spearman(truth: Floats, answer: Floats) -> float | None:
    from scipy.stats import rankdata

    return _pearson(np.asarray(rankdata(truth)), np.asarray(rankdata(answer)))


def _averaged(outputs: list[Summary]) -> Summary:
    averaged: Summary = {}
    for name in _AVERAGED:
        values = [float(figures[name]) for figures in outputs if name in figures]
        if len(values) == len(outputs):
            averaged[name] = max(values) if name == "max_error" else sum(values) / len(values)
    return averaged


def _histogram(errors: Floats, bins: int) -> list[Row]:
    low, high = float(errors.min()), float(errors.max())
    if not np.isfinite(high - low):
        return []
    margin = 0.0 if high > low else max(abs(low), 1.0) / 2
    counts, edges = np.histogram(errors, bins=bins, range=(low - margin, high + margin))
    return from_columns(low=edges[:-1], high=edges[1:], count=counts)


def _sample(truth: Floats, answer: Floats) -> list[Row]:
    """Rows at even distances in the order of their truths, so that the ends are shown."""
    order = np.argsort(truth, kind="stable")
    if len(order) > MOST_POINTS:
        order = order[np.linspace(0, len(order) - 1, MOST_POINTS).round().astype(np.intp)]
    return from_columns(y_true=truth[order], y_pred=answer[order])
