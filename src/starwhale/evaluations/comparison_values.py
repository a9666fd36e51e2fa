"""When two values of evaluations are the same, and what number they stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite, isnan
from typing import Any, cast

from starwhale.storage.layers.media import Pickled

Values = Mapping[str, Any]


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal.

    Numbers are where they have the same value, whatever their type; NaN equals NaN, also inside lists,
    dicts and arrays.
    """
    if one is other:
        return True
    if isinstance(one, float) and isinstance(other, float) and isnan(one) and isnan(other):
        return True
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return _same_mappings(cast("Mapping[Any, Any]", one), cast("Mapping[Any, Any]", other))
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return _same_sequences(cast("Sequence[Any]", one), cast("Sequence[Any]", other))
    if hasattr(one, "dtype") or hasattr(other, "dtype"):
        return _same_arrays(one, other)
    if isinstance(one, Pickled) and isinstance(other, Pickled):
        return one.data == other.data
    return bool(one == other)


def _same_mappings(one: Mapping[Any, Any], other: Mapping[Any, Any]) -> bool:
    return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())


def _same_sequences(one: Sequence[Any], other: Sequence[Any]) -> bool:
    return len(one) == len(other) and all(map(same, one, other))


def _same_arrays(one: Any, other: Any) -> bool:
    import numpy as np

    if np.shape(one) != np.shape(other):
        return False
    try:
        return bool(np.array_equal(one, other, equal_nan=True))
    except TypeError:  # what has no NaN
        return bool(np.array_equal(one, other))


def different(one: Values, other: Values) -> list[str]:
    """Names under which two rows have different values; None is the same as nothing."""
    names = one if one.keys() == other.keys() else dict.fromkeys((*one, *other))
    return [name for name in names if not same(one.get(name), other.get(name))]


def number_of(value: Any) -> float | None:
    """The number that a value counts as: finite, true as 1 and false as 0; None where it is none."""
    if not isinstance(value, (bool, int, float)):
        item = getattr(value, "item", None)
        if item is None or getattr(value, "shape", None) != ():
            return None
        value = item()
        if not isinstance(value, (bool, int, float)):
            return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if isfinite(number) else None
