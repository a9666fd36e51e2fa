"""The figures that tables of an evaluation hold, whichever metric logged them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from starwhale.evaluations.figures.confusion import LABELS_TABLE, MATRIX_TABLE, read_matrix
from starwhale.evaluations.figures.data import Bars, Figure, Matrix, Plot, Series

Row = Mapping[str, Any]
Scan = Callable[[str], Iterable[Row]]

# whatever a job logged under these names, only so much is read
MOST_ROWS = 20_000
MOST_CURVES = 20
_UNIT = (0.0, 1.0)
# figures of labels, the first that a table has; those of detection and segmentation lie beside the others
_PER_LABEL = (("mAP", "average precision"), ("iou", "intersection over union"), ("f1-score", "f1-score"))


def figures_of(tables: Collection[str], scan: Scan) -> list[Figure]:
    """Every figure that can be drawn of what an evaluation logged.

    Args:
        tables: Names of its tables.
        scan: Gives the rows of a table, each with its key as "id".

    Returns:
        In this order: confusion matrix, a bar per label, ROC curves, curves of precision over recall,
        calibration, figures at K, residuals, parity; empty where none of their tables is there, or where
        they have other columns.
    """
    reading = _Reading(tables, scan)
    found = (
        reading.matrix(),
        reading.bars(),
        reading.curves("roc_auc", "ROC curve", ("fpr", "false positive rate"), ("tpr", "true positive rate")),
        reading.curves("pr_curve", "precision over recall", ("recall", "recall"), ("precision", "precision")),
        reading.calibration(),
        reading.at_k(),
        *reading.residuals(),
        *reading.parity(),
    )
    return [figure for figure in found if figure is not None]


class _Reading:
    def __init__(self, tables: Collection[str], scan: Scan) -> None:
        self._tables = sorted(tables)
        self._scan = scan

    def _rows(self, table: str) -> list[Row]:
        return list(islice(self._scan(table), MOST_ROWS)) if table in self._tables else []

    def _named(self, table: str) -> Iterator[tuple[str, list[Row]]]:
        """Tables of that name, and those below it with what stands behind the name."""
        if table in self._tables:
            yield "", self._rows(table)
        below = [name for name in self._tables if name.startswith(f"{table}/")]
        for name in below[:MOST_CURVES]:
            yield name.removeprefix(f"{table}/"), self._rows(name)

    def matrix(self) -> Figure | None:
        rows = self._rows(MATRIX_TABLE)
        if not rows:
            return None
        labels, counts = read_matrix(rows, self._rows(LABELS_TABLE))
        return Matrix(
            name="confusion_matrix",
            title="confusion matrix",
            labels=tuple(labels),
            counts=tuple(tuple(row) for row in counts),
        )

    def bars(self) -> Figure | None:
        rows = self._rows(LABELS_TABLE)
        for column, title in _PER_LABEL:
            values = [(str(row["id"]), float(row[column])) for row in rows if _is_number(row.get(column))]
            if values:
                return Bars(name="labels", title=f"{title} of each label", values=tuple(values), top=1.0)
        return None

    def curves(self, table: str, title: str, x: tuple[str, str], y: tuple[str, str]) -> Figure | None:
        series = tuple(
            each
            for name, rows in self._named(table)
            if (each := _series(rows, x[0], y[0], name=name)) is not None
        )
        if not series:
            return None
        return Plot(
            name=table,
            title=title,
            x_label=x[1],
            y_label=y[1],
            series=series,
            diagonal=table == "roc_auc",
            x_range=_UNIT,
            y_range=_UNIT,
        )

    def calibration(self) -> Figure | None:
        series = _series(self._rows("calibration"), "mean_score", "positive_share")
        if series is None:
            return None
        return Plot(
            name="calibration",
            title="calibration",
            x_label="predicted probability",
            y_label="share that is positive",
            series=(series,),
            diagonal=True,
            x_range=_UNIT,
            y_range=_UNIT,
        )

    def at_k(self) -> Figure | None:
        rows = self._rows("at_k")
        columns = list(dict.fromkeys(column for row in rows for column in row if column != "id"))
        series = tuple(
            each for column in columns if (each := _series(rows, "id", column, name=column)) is not None
        )
        if not series:
            return None
        return Plot(
            name="at_k", title="among the first k", x_label="k", y_label="mean", series=series, y_range=_UNIT
        )

    def residuals(self) -> Iterator[Figure]:
        for name, rows in self._named("residuals"):
            bins = [
                row for row in rows if all(_is_number(row.get(each)) for each in ("low", "high", "count"))
            ]
            if bins:
                edges = (*(float(row["low"]) for row in bins), float(bins[-1]["high"]))
                counts = tuple(float(row["count"]) for row in bins)
                yield Plot(
                    name=_joined("residuals", name),
                    title=_joined("residuals", name, " of output "),
                    x_label="prediction - truth",
                    y_label="rows",
                    series=(Series(x=edges, y=counts, style="steps"),),
                )

    def parity(self) -> Iterator[Figure]:
        for name, rows in self._named("parity"):
            series = _series(rows, "y_true", "y_pred", style="dots")
            if series is not None:
                yield Plot(
                    name=_joined("parity", name),
                    title=_joined("prediction against truth", name, " of output "),
                    x_label="truth",
                    y_label="prediction",
                    series=(series,),
                    diagonal=True,
                )


def _series(rows: Sequence[Row], x: str, y: str, **look: Any) -> Series | None:
    points = [(row[x], row[y]) for row in rows if _is_number(row.get(x)) and _is_number(row.get(y))]
    if not points:
        return None
    return Series(x=tuple(float(a) for a, _ in points), y=tuple(float(b) for _, b in points), **look)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < float("inf")


def _joined(table: str, name: str, between: str = "_") -> str:
    return f"{table}{between}{name}" if name else table
