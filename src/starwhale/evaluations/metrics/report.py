"""What a metric function found, ready to be logged or drawn."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Scores = NDArray[np.float64]

Row = dict[str, Any]
# numbers, texts, and dicts of numbers where a figure has several averages
Summary = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Figures of one evaluation.

    Attributes:
        kind: What was measured, such as ``regression``.
        summary: Figure by name. One that is not defined for these rows, such as the area under a ROC curve
            of rows that are all positive, is absent.
        tables: Curves, matrices and figures per label: table name to rows, each with its key as "id".
        scores: A figure of each row that was evaluated, in their order, for comparing two evaluations row
            by row (`starwhale.evaluations.bootstrap`); NaN where a row has none.
    """

    kind: str
    summary: Summary
    tables: dict[str, list[Row]] = field(default_factory=dict[str, list[Row]])
    scores: dict[str, Scores] = field(default_factory=dict[str, "Scores"])

    def to_dict(self) -> dict[str, Any]:
        """``{"kind", "summary", "tables"}`` of plain values."""
        return {"kind": self.kind, "summary": self.summary, "tables": self.tables}


def defined(figures: Mapping[str, float | int | None]) -> Summary:
    """Those figures that are numbers, as plain ones; None, NaN and infinity are left out."""
    return {
        name: value if isinstance(value, int) else float(value)
        for name, value in figures.items()
        if value is not None and math.isfinite(value)
    }


def numbered(rows: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Rows with their position as key."""
    return [{"id": i, **row} for i, row in enumerate(rows)]


def from_columns(**columns: Any) -> list[Row]:
    """Rows of arrays of the same length, with their position as key."""
    plain = [column.tolist() for column in columns.values()]
    return numbered(dict(zip(columns, row, strict=True)) for row in zip(*plain, strict=True))
