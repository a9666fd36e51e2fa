"""Numbers of geometric types: what is accepted, and how they are stored."""

from __future__ import annotations

from collections.abc import Iterable
from operator import index
from typing import Any

from starwhale.core.errors import UnsupportedValue

Number = int | float


def number(value: Any, what: str) -> Number:
    """`value` as a plain int or float; numpy's scalars and everything else that is a number will do.

    Args:
        value: As the user gave it.
        what: Its name, for the error.

    Raises:
        UnsupportedValue: it is no number.
    """
    kind = type(value)
    if kind is float or kind is int:
        return value
    if not isinstance(value, (bool, str, bytes)):
        for convert in (index, float):
            try:
                return convert(value)
            except (TypeError, ValueError, OverflowError):
                continue
    raise UnsupportedValue(f"{what} must be a number, not {value!r}")


def widened(numbers: Iterable[Number]) -> tuple[list[float], bool]:
    """Numbers as a column holds them: all floats, and whether every one was an int.

    Columns keep 1 and 1.0 apart, so boxes of which some happen to have whole coordinates would not fit
    into one typed column. The flag brings ints back as ints, which code that slices with them needs.

    Raises:
        UnsupportedValue: an int that no float equals.
    """
    floats: list[float] = []
    whole = True
    for item in numbers:
        if type(item) is float:
            whole = False
            floats.append(item)
        else:
            floats.append(_exact(item))
    return floats, whole


def _exact(value: Number) -> float:
    try:
        wide = float(value)
    except OverflowError:
        wide = float("inf")
    if wide != value:
        raise UnsupportedValue(f"{value} is too large for a coordinate")
    return wide
