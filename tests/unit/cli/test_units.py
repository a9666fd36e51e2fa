from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.cli import units

NOW = datetime(2025, 11, 21, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        (timedelta(0), "just now"),
        (timedelta(milliseconds=900), "just now"),
        (timedelta(seconds=1), "1 second ago"),
        (timedelta(seconds=59), "59 seconds ago"),
        (timedelta(minutes=3), "3 minutes ago"),
        (timedelta(hours=1, minutes=59), "1 hour ago"),
        (timedelta(days=6), "6 days ago"),
        (timedelta(days=20), "2 weeks ago"),
        (timedelta(days=400), "1 year ago"),
        (timedelta(minutes=-5), "in 5 minutes"),
    ],
)
def test_a_moment_is_told_in_its_largest_unit(ago: timedelta, text: str) -> None:
    assert units.relative(NOW - ago, NOW) == text


def test_the_absolute_form_names_its_zone_and_reads_back() -> None:
    text = units.absolute(NOW)
    assert datetime.strptime(text, "%Y-%m-%d %H:%M:%S %z") == NOW
    assert units.both(NOW - timedelta(hours=2), NOW).endswith("(2 hours ago)")


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (10 * 1024, "10 KiB"),
        (1024**2 - 1, "1.0 MiB"),
        (int(3.44 * 2**30), "3.4 GiB"),
        (2**70, "1024 EiB"),
    ],
)
def test_bytes_are_told_in_binary_units(count: int, text: str) -> None:
    assert units.size(count) == text


@given(st.integers(min_value=0, max_value=2**62))
def test_a_size_is_short_and_never_far_from_the_truth(count: int) -> None:
    value, unit = units.size(count).split()
    told = float(value) * 1024 ** ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB").index(unit)
    assert len(value) <= 4
    assert abs(told - count) <= 0.051 * count


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0.00 s"),
        (0.417, "0.42 s"),
        (9.999, "10.0 s"),
        (59.96, "1 min 00 s"),
        (185, "3 min 05 s"),
        (3600, "1 h 00 min"),
        (7380, "2 h 03 min"),
    ],
)
def test_a_span_is_told_with_the_digits_that_matter(seconds: float, text: str) -> None:
    assert units.span(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1797, "1,797"), (12.0, "12"), (0.96662, "0.9666"), (1e-7, "1e-07"), (123456.789, "1.235e+05")],
)
def test_numbers_keep_four_digits(value: float, text: str) -> None:
    assert units.number(value) == text


def test_numbers_that_are_none_are_shown_as_they_are() -> None:
    assert units.number(float("nan")) == "nan"
    assert units.number(float("inf")) == "inf"
