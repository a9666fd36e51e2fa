"""The confusion matrix that `multi_classification` logged, as counts where they can be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MATRIX_TABLE = "confusion_matrix/binarylabel"
LABELS_TABLE = "labels"
CLOSE = 1e-6

Matrix = list[list[float]]


def read_matrix(
    rows: Sequence[Mapping[str, Any]], labels: Sequence[Mapping[str, Any]]
) -> tuple[list[str], Matrix]:
    """Names of the labels and `matrix[true][predicted]`.

    The rows of the matrix have no names, and the table of labels is in the order of its keys. Names are
    given only in an order in which the figures of both tables agree; positions stand for them otherwise.

    Args:
        rows: Table `confusion_matrix/binarylabel`: a row per true label, a column per position.
        labels: Table `labels`: how often each was true (`support`) and found (`TP-True Positive`).
    """
    rows = sorted(rows, key=lambda row: row["id"])
    matrix = [[float(row.get(str(i)) or 0.0) for i in range(len(rows))] for row in rows]
    for order in _orders(labels):
        support = [float(label.get("support") or 0.0) for label in order]
        hits = [float(label.get("TP-True Positive") or 0.0) for label in order]
        counts = _counts(matrix, support, hits)
        if counts is not None:
            return [str(label["id"]) for label in order], counts
    return [str(i) for i in range(len(matrix))], matrix


def _orders(labels: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """As numbers where all are, for `10` comes before `2` as text; as they are."""
    as_they_are = list(labels)
    try:
        return [sorted(labels, key=lambda label: float(label["id"])), as_they_are]
    except ValueError:
        return [as_they_are]


def _counts(matrix: Matrix, support: Sequence[float], hits: Sequence[float]) -> Matrix | None:
    """Undo a normalisation over all entries or over the true labels; None where the figures disagree."""
    total = sum(support)
    if len(support) != len(matrix) or not total:
        return None
    for scales in ([1.0] * len(matrix), [total] * len(matrix), support):
        scaled = [[share * scale for share in row] for row, scale in zip(matrix, scales, strict=True)]
        counts = [[float(round(value)) for value in row] for row in scaled]
        whole = all(
            abs(value - count) < CLOSE * total
            for row, whole_row in zip(scaled, counts, strict=True)
            for value, count in zip(row, whole_row, strict=True)
        )
        if whole and [sum(row) for row in counts] == support and _diagonal(counts) == hits:
            return counts
    return None


def _diagonal(matrix: Matrix) -> list[float]:
    return [row[i] for i, row in enumerate(matrix)]
