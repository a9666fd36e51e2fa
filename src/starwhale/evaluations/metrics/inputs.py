"""Truths and answers as people have them, checked and made plain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from starwhale.core.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST_SHOWN = 5


def plain(values: Any, name: str) -> list[Any]:
    """A list of the rows of a column; arrays and series become Python values.

    Raises:
        UsageError: it is one text or one number rather than a column.
    """
    for method in ("tolist", "to_list"):
        convert = getattr(values, method, None)
        if callable(convert):
            values = convert()
            break
    if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
        raise UsageError(f"{name} must have a value per row, not be {_shown(values)}")
    return values if isinstance(values, list) else list(values)


def rows_of(values: Any, name: str) -> Sequence[Any]:
    """The rows of a column, each as it is.

    Raises:
        UsageError: it is one text or one number rather than a column.
    """
    if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
        raise UsageError(f"{name} must have a value per row, not be {_shown(values)}")
    return values if hasattr(values, "__len__") and hasattr(values, "__getitem__") else list(values)  # pyright: ignore[reportReturnType] - what has both is a sequence


def same_length(**columns: Any) -> int:
    """How many rows the columns have.

    Raises:
        UsageError: none, or they disagree.
    """
    # a sparse matrix has a shape and no length
    lengths = {
        name: int(column.shape[0]) if hasattr(column, "shape") else len(column)
        for name, column in columns.items()
    }
    first, *others = lengths.items()
    for other in others:
        if other[1] != first[1]:
            raise UsageError(
                f"{first[0]} has {first[1]} rows and {other[0]} has {other[1]}",
                hint="both need one value per row, in the same order",
            )
    if not first[1]:
        raise UsageError(f"{' and '.join(lengths)} are empty", hint="no row was evaluated")
    return first[1]


def numbers(values: Any, name: str, *, dimensions: tuple[int, ...] = (1,)) -> Floats:
    """A column of finite numbers.

    Args:
        values: List, array or series.
        name: Of the column, for messages.
        dimensions: How many the array may have.

    Raises:
        UsageError: it holds something else, or has another shape.
    """
    try:
        array = np.asarray(values if hasattr(values, "__array__") else plain(values, name), dtype=np.float64)
    except (TypeError, ValueError) as exc:
        raise UsageError(f"{name} must be numbers, all rows of the same shape: {exc}") from exc
    if array.ndim not in dimensions:
        wanted = " or ".join(f"{n}-dimensional" for n in dimensions)
        raise UsageError(f"{name} must be {wanted}, not of shape {array.shape}")
    finite = np.isfinite(array)
    if not finite.all():
        row = int(np.argmin(finite.reshape(len(array), -1).all(axis=1)))
        raise UsageError(
            f"{name} has no finite number in row {row}", hint="leave rows without an answer out of both"
        )
    return array


def distinct(values: Iterable[Any], name: str) -> set[Any]:
    """The labels that occur in a column.

    Raises:
        UsageError: one cannot be a label, such as a list.
    """
    try:
        return set(values)
    except TypeError as exc:
        raise UsageError(f"{name} must have one label per row: {exc}") from exc


def named(labels: Iterable[Any]) -> str:
    """Some labels for a message, the first few of many."""
    shown = [repr(label) for label in labels]
    more = len(shown) - MOST_SHOWN
    return ", ".join(shown[:MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")


def in_order(labels: Iterable[Any]) -> list[Any]:
    """Sorted where they compare, by type and text otherwise."""
    given = list(labels)
    try:
        return sorted(given)
    except TypeError:
        return sorted(given, key=lambda label: (type(label).__name__, str(label)))


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:39]}…"
