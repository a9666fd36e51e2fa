"""How many numbers a tensor holds."""

from __future__ import annotations

from collections.abc import Iterable

from starwhale.models.facts.source import Unreadable

MOST_DIMENSIONS = 64
MOST_TENSORS = 200_000
LISTED = 1000
"""How many tensors of a file are listed."""


def elements(shape: Iterable[int]) -> int:
    """The product of the lengths.

    Raises:
        Unreadable: no tensor can have that shape.
    """
    count = 1
    for number, length in enumerate(shape):
        if not 0 <= length < 1 << 63 or number >= MOST_DIMENSIONS:
            told = length if length.bit_length() < 64 else f"of {length.bit_length()} bits"
            raise Unreadable(f"a tensor has a dimension of length {told} as its number {number}")
        count *= length
        if count >= 1 << 63:
            raise Unreadable("a tensor has more elements than there are addresses")
    return count
