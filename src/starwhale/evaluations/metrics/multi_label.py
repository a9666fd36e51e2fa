"""Figures of answers that are sets of labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from starwhale.core.errors import UsageError
from starwhale.evaluations.metrics.curves import precision_recall, roc
from starwhale.evaluations.metrics.inputs import in_order, named, numbers, rows_of, same_length
from starwhale.evaluations.metrics.labels import LABELS, label_rows
from starwhale.evaluations.metrics.libraries import require
from starwhale.evaluations.metrics.report import Report, Row, Summary, defined

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    Floats = NDArray[np.float64]

KIND = "multi_label_classification"
MODULES = ("sklearn",)


def multi_label_classification(
    y_true: Any, y_pred: Any, y_score: Any = None, *, labels: Sequence[Any] | None = None
) -> Report:
    """How well sets of labels are found.

    Args:
        y_true: A collection of labels per row, or a matrix of 0 and 1 of shape ``(rows, labels)``, as array
            or sparse.
        y_pred: The same.
        y_score: Numbers of shape ``(rows, labels)`` that grow with what speaks for a label.
        labels: All labels and their order; None for those that occur, sorted (columns by number for
            matrices).

    Returns:
        The summary has averages over labels and rows; tables ``labels``, and with `y_score`
        ``roc_auc/LABEL`` and ``pr_curve/LABEL``.

    Raises:
        UsageError: lengths differ, there are no rows or no labels, a label is unknown or twice in a row.
        MissingDependency: scikit-learn is not installed.
    """
    require(KIND, *MODULES)
    true_rows, said_rows = _given(y_true, "y_true"), _given(y_pred, "y_pred")
    rows = same_length(y_true=true_rows, y_pred=said_rows)
    names = list(labels) if labels is not None else _names(true_rows, said_rows)
    if not names:
        raise UsageError("no row has a label", hint="give all `labels`")
    places = {name: i for i, name in enumerate(names)}
    if len(places) != len(names):
        raise UsageError("a label is named twice among `labels`")
    truth = _matrix(true_rows, "y_true", places)
    said = _matrix(said_rows, "y_pred", places)
    counts = _Counts(truth, said)
    summary: Summary = {"rows": rows, "labels": len(names), **counts.figures()}
    tables = {LABELS: label_rows(names, counts.outcomes())}
    if y_score is not None:
        score = numbers(y_score, "y_score", dimensions=(2,))
        same_length(y_true=true_rows, y_score=score)
        if score.shape[1] != len(names):
            raise UsageError(
                f"y_score has {score.shape[1]} columns for {len(names)} labels",
                hint="give all `labels` in the order of the columns",
            )
        _add_curves(summary, tables, truth, score, names)
    return Report(kind=KIND, summary=summary, tables=tables, scores=counts.scores())


def _given(values: Any, name: str) -> Any:
    """An indicator matrix as it is; rows of labels as a sequence."""
    shape = getattr(values, "shape", None)
    if shape is not None and len(shape) == 2:
        return values
    return rows_of(values, name)


def _is_matrix(rows: Any) -> bool:
    return len(getattr(rows, "shape", ())) == 2


def _names(*columns: Any) -> list[Any]:
    widths = [int(column.shape[1]) for column in columns if _is_matrix(column)]
    if widths:
        return list(range(max(widths)))
    try:
        return in_order({label for column in columns for row in column for label in row})
    except TypeError as exc:
        raise UsageError(f"each row must be a collection of labels: {exc}") from exc


def _matrix(rows: Any, name: str, places: dict[Any, int]) -> csr_matrix:
    from scipy.sparse import csr_matrix

    if not _is_matrix(rows):
        return _from_collections(rows, name, places)
    if rows.shape[1] != len(places):
        raise UsageError(f"{name} has {rows.shape[1]} columns for {len(places)} labels")
    matrix = csr_matrix(rows)
    matrix.eliminate_zeros()
    if not (matrix.data == 1).all():
        raise UsageError(f"{name} is a matrix with other values than 0 and 1")
    return csr_matrix(matrix, dtype=np.int8)


def _from_collections(rows: Iterable[Any], name: str, places: dict[Any, int]) -> csr_matrix:
    from scipy.sparse import csr_matrix

    columns: list[int] = []
    ends = [0]
    for number, row in enumerate(rows):
        if isinstance(row, (str, bytes)) or not isinstance(row, Iterable):
            raise UsageError(f"row {number} of {name} must be a collection of labels, not {row!r}")
        try:
            found = [places[label] for label in row]
        except KeyError as exc:
            raise UsageError(
                f"row {number} of {name} has the unknown label {exc.args[0]!r}",
                hint=f"known are {named(places)}",
            ) from None
        if len(set(found)) != len(found):
            raise UsageError(
                f"row {number} of {name} has a label twice",
                hint="rows of 0 and 1 are given as one array of shape (rows, labels)",
            )
        columns.extend(sorted(found))
        ends.append(len(columns))
    values = np.ones(len(columns), np.int8)
    return csr_matrix((values, columns, ends), shape=(len(ends) - 1, len(places)))


class _Counts:
    """Of rows and of labels: how many are true, said and both."""

    def __init__(self, truth: csr_matrix, said: csr_matrix) -> None:
        both: Any = truth.multiply(said)
        self.rows, self.labels = _shape(truth)
        self.of_rows = [_totals(matrix, axis=1) for matrix in (truth, said, both)]
        self.of_labels = [_totals(matrix, axis=0) for matrix in (truth, said, both)]

    def outcomes(self) -> NDArray[np.int64]:
        """Per label ``[[true negatives, false positives], [false negatives, true positives]]``."""
        true, said, both = (counts.astype(np.int64) for counts in self.of_labels)
        flat = np.stack([self.rows - true - said + both, said - both, true - both, both], axis=1)
        return flat.reshape(-1, 2, 2)

    def figures(self) -> Summary:
        """Figures over all rows and labels."""
        true, said, both = self.of_rows
        wrong = true + said - 2 * both
        precision, recall, f1 = (_over(both, said), _over(both, true), _over(2 * both, true + said))
        summary: Summary = {
            "subset_accuracy": float((wrong == 0).mean()),
            "hamming_loss": float(wrong.sum() / (self.rows * self.labels)),
            "jaccard": float(_over(both, true + said - both).mean()),
            "samples avg": _averages(precision.mean(), recall.mean(), f1.mean()),
        }
        true, said, both = self.of_labels
        precision, recall, f1 = (_over(both, said), _over(both, true), _over(2 * both, true + said))
        weights = _over(true, np.full(self.labels, true.sum()))
        micro = [np.asarray([counts.sum()]) for counts in (true, said, both)]
        summary["micro avg"] = _averages(
            _over(micro[2], micro[1])[0],
            _over(micro[2], micro[0])[0],
            _over(2 * micro[2], micro[0] + micro[1])[0],
        )
        summary["macro avg"] = _averages(precision.mean(), recall.mean(), f1.mean())
        summary["weighted avg"] = _averages(weights @ precision, weights @ recall, weights @ f1)
        return summary

    def scores(self) -> dict[str, Floats]:
        """F1 of each row; of a row without labels that got none, 1."""
        true, said, both = self.of_rows
        total = true + said
        return {"f1": np.divide(2 * both, total, out=np.ones(self.rows), where=total > 0)}


def _shape(matrix: csr_matrix) -> tuple[int, int]:
    rows, columns = matrix.shape  # pyright: ignore[reportGeneralTypeIssues] - it has two dimensions
    return int(rows), int(columns)


def _totals(matrix: Any, axis: int) -> Floats:
    return np.asarray(matrix.sum(axis=axis, dtype=np.float64)).ravel()


def _over(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)


def _averages(precision: Any, recall: Any, f1: Any) -> dict[str, float]:
    return {"precision": float(precision), "recall": float(recall), "f1-score": float(f1)}


def _add_curves(
    summary: Summary, tables: dict[str, list[Row]], truth: csr_matrix, score: Floats, names: Sequence[Any]
) -> None:
    from sklearn.metrics import label_ranking_average_precision_score

    areas: list[float] = []
    precisions: list[float] = []
    for i, (name, row) in enumerate(zip(names, tables[LABELS], strict=True)):
        positive = truth[:, [i]].toarray().ravel() == 1
        receiver = roc(positive, score[:, i])
        if receiver is not None:
            areas.append(receiver.area)
            row["auc"] = receiver.area
            tables[f"roc_auc/{name}"] = receiver.rows
        found = precision_recall(positive, score[:, i])
        if found is not None:
            precisions.append(found[0].area)
            row["average_precision"] = found[0].area
            tables[f"pr_curve/{name}"] = found[0].rows
    summary |= defined(
        {
            "roc_auc": float(np.mean(areas)) if areas else None,
            "average_precision": float(np.mean(precisions)) if precisions else None,
            "ranking_precision": label_ranking_average_precision_score(truth, score),
        }
    )
