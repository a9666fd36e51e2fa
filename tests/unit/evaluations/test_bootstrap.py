from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from starwhale.core.errors import UsageError
from starwhale.evaluations import bootstrap
from starwhale.evaluations.bootstrap import paired_bootstrap

numbers = st.floats(-100, 100).map(lambda number: round(number, 2))
scores = st.dictionaries(st.integers(0, 30), st.tuples(numbers, numbers), min_size=1, max_size=30)


def of(array: Any) -> dict[int, float]:
    return dict(enumerate(array.tolist()))


@settings(max_examples=60, deadline=None)
@given(scores, st.integers(0, 5))
def test_the_interval_holds_the_difference(rows: dict[int, tuple[float, float]], seed: int) -> None:
    first, second = ({key: pair[i] for key, pair in rows.items()} for i in (0, 1))
    found = paired_bootstrap(first, second, seed=seed, resamples=400, level=0.99)
    assert found.difference == pytest.approx(found.second - found.first, abs=1e-9)
    spread = [second[key] - first[key] for key in rows]
    assert min(spread) - 1e-9 <= found.low <= found.high <= max(spread) + 1e-9
    assert 0 <= found.share <= 1
    assert paired_bootstrap(first, second, seed=seed, resamples=400, level=0.99) == found


@settings(max_examples=40, deadline=None)
@given(scores)
def test_exchanging_the_two_mirrors_the_interval(rows: dict[int, tuple[float, float]]) -> None:
    first, second = ({key: pair[i] for key, pair in rows.items()} for i in (0, 1))
    there, back = (
        paired_bootstrap(first, second, resamples=200),
        paired_bootstrap(second, first, resamples=200),
    )
    assert (back.low, back.high) == pytest.approx((-there.high, -there.low), abs=1e-9)
    assert back.share == pytest.approx(there.share)


@settings(max_examples=30, deadline=None)
@given(scores, st.floats(0.5, 50))
def test_the_same_gain_in_every_row_is_certain(rows: dict[int, tuple[float, float]], gain: float) -> None:
    first = {key: pair[0] for key, pair in rows.items()}
    found = paired_bootstrap(first, {key: score + gain for key, score in first.items()}, resamples=100)
    assert (found.low, found.high) == pytest.approx((gain, gain))
    assert found.share == 0
    assert found.is_clear
    same = paired_bootstrap(first, first, resamples=100)
    assert (same.low, same.high, same.share, same.is_clear) == (0, 0, 1, False)


def test_rows_are_paired_by_their_key() -> None:
    found = paired_bootstrap([("a", 1.0), ("b", 2.0), ("x", 9.0)], {"b": 3.0, "a": 1.5, "y": 0.0, "z": 0.0})
    assert found.difference == pytest.approx(0.75)
    assert (found.rows, found.only_first, found.only_second) == (2, 1, 2)


def test_the_interval_is_as_wide_as_theory_says() -> None:
    random = np.random.default_rng(0)
    one, other = random.normal(0, 1, 2_000), random.normal(0.2, 1, 2_000)
    found = paired_bootstrap(of(one), of(other))
    error = np.std(other - one) / np.sqrt(2_000)
    assert found.low == pytest.approx(found.difference - 1.96 * error, abs=0.2 * error)
    assert found.high == pytest.approx(found.difference + 1.96 * error, abs=0.2 * error)


def test_an_interval_of_95_percent_holds_the_truth_about_95_times_of_100() -> None:
    random = np.random.default_rng(4)
    held = 0
    for seed in range(200):
        one, other = random.normal(0, 1, 100), random.normal(0.3, 1, 100)
        found = paired_bootstrap(of(one), of(other), seed=seed, resamples=500)
        held += found.low <= 0.3 <= found.high
    assert 180 <= held <= 199


@pytest.mark.parametrize("kind", ["few values", "many values", "heavy tail"])
def test_many_rows_have_the_interval_that_drawing_each_has(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(9)
    rows = 30_000
    if kind == "few values":
        one, other = random.integers(0, 2, rows), random.integers(0, 2, rows)
    elif kind == "many values":
        one, other = random.normal(0, 1, rows), random.gamma(1, 1, rows)
    else:
        one, other = np.zeros(rows), np.abs(random.standard_cauchy(rows)) ** 3
    grouped = paired_bootstrap(of(one), of(other), resamples=1_000)
    monkeypatch.setattr(bootstrap, "_FEW_ROWS", rows)
    each = paired_bootstrap(of(one), of(other), resamples=1_000)
    assert grouped.difference == each.difference
    width = each.high - each.low
    assert grouped.low == pytest.approx(each.low, abs=0.1 * width)
    assert grouped.high == pytest.approx(each.high, abs=0.1 * width)


def test_whoever_pays_for_the_draws_is_asked_before_and_by_what_they_cost() -> None:
    asked: list[int] = []
    truth = {row: float(row % 2) for row in range(50_000)}
    paired_bootstrap(truth, dict.fromkeys(truth, 1.0), resamples=1_000, spend=asked.append)
    few = {row: float(row) for row in range(100)}
    paired_bootstrap(few, few, resamples=1_000, spend=asked.append)
    assert asked == [16 * 2 * 1_000, 100 * 1_000]

    def refuse(_scores: int) -> None:
        raise UsageError("too much")

    with pytest.raises(UsageError, match="too much"):
        paired_bootstrap(few, few, spend=refuse)


def test_rows_are_drawn_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(2)
    one, other = of(random.normal(0, 1, 500)), of(random.normal(0.1, 1, 500))
    whole = paired_bootstrap(one, other)
    monkeypatch.setattr(bootstrap, "_AT_ONCE", 130)
    pieces = paired_bootstrap(one, other)
    assert pieces.low == pytest.approx(whole.low, abs=0.02)
    assert pieces.high == pytest.approx(whole.high, abs=0.02)


@pytest.mark.parametrize(
    ("given_", "options", "told"),
    [
        (({}, {}), {}, "no row in common"),
        (({"a": 1.0}, {"b": 1.0}), {}, "no row in common"),
        (({"a": 1.0}, {"a": float("nan")}), {}, "second scores must be finite"),
        (({"a": "x"}, {"a": 1.0}), {}, "first scores must be numbers"),
        (({"a": [1.0]}, {"a": 1.0}), {}, "first scores must be finite numbers, one per row"),
        (([("a", 1.0), ("a", 2.0)], {"a": 1.0}), {}, "row 'a' comes twice among the first"),
        (({"a": 1.0}, {"a": 1.0}), {"level": 1.0}, "no interval of level 1.0"),
        (({"a": 1.0}, {"a": 1.0}), {"resamples": 0}, "no interval"),
        (({"a": 1.0}, {"a": 1.0}), {"seed": -1}, "no interval"),
        (({"a": -1e308}, {"a": 1e308}), {}, "too large"),
    ],
)
def test_bad_input_is_told_in_one_sentence(given_: Any, options: Any, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        paired_bootstrap(*given_, **options)
