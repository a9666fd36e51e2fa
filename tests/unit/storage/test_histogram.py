"""Ranges in which numbers lie, however they come."""

from __future__ import annotations

import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.storage.rows.histogram import BINS, Histogram

FINITE = st.floats(allow_nan=False, allow_infinity=False)
CHUNKS = st.lists(st.lists(FINITE, max_size=20), max_size=6)


def counted(chunks: list[list[float]], *, whole: bool = False) -> tuple[tuple[float, float, int], ...]:
    histogram = Histogram(whole=whole)
    for chunk in chunks:
        histogram.see(np.array(chunk, np.float64))
    return histogram.told()


@given(CHUNKS)
def test_every_number_lies_in_the_range_that_counts_it(chunks: list[list[float]]) -> None:
    numbers = [number for chunk in chunks for number in chunk]
    told = counted(chunks)
    assert len(told) <= BINS
    assert sum(count for *_, count in told) == len(numbers)
    for low, high, count in told:
        if high < sys.float_info.max:
            assert count == sum(low <= number < high for number in numbers)
    for (_, end, _), (begin, _, _) in pairwise(told):
        assert end == begin


@given(CHUNKS)
def test_the_order_of_coming_changes_nothing(chunks: list[list[float]]) -> None:
    at_once = [[number for chunk in reversed(chunks) for number in chunk]]
    assert counted(chunks) == counted(at_once)


def test_whole_numbers_have_ranges_of_whole_width() -> None:
    assert counted([[0, 1, 1], [2]], whole=True) == ((0, 1, 1), (1, 2, 2), (2, 3, 1))
    assert counted([[7]], whole=True) == ((7, 8, 1),)


@pytest.mark.parametrize(
    "numbers",
    [[0.0], [5e-324], [-5e-324, 5e-324], [1e308, -1e308], [sys.float_info.max], [2.0**63, -(2.0**63)]],
)
def test_extremes_are_counted(numbers: list[float]) -> None:
    assert sum(count for *_, count in counted([[each] for each in numbers])) == len(numbers)


def test_nothing_has_no_ranges() -> None:
    assert counted([[]]) == ()
