"""Rows and summaries side by side, checked against doing it the slow way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.errors import NotFound, UsageError
from starwhale.core.page import PageRequest
from starwhale.evaluations.bootstrap import paired_bootstrap
from starwhale.evaluations.comparison import Pair, Wanted, compare_rows, compare_summaries
from starwhale.evaluations.comparison_intervals import Metric, intervals
from starwhale.evaluations.comparison_values import number_of, same
from starwhale.evaluations.comparison_walk import walk

Table = dict[int | str, dict[str, Any]]

NAN = float("nan")
keys = st.one_of(st.integers(0, 6), st.sampled_from(["a", "b", "10", "2"]))
values = st.one_of(
    st.none(), st.integers(0, 2), st.sampled_from([0.5, NAN, 1.0]), st.sampled_from(["x", "y"])
)
rows = st.dictionaries(st.sampled_from(["one", "two", "input/a", "_mode"]), values, max_size=4)
tables = st.dictionaries(keys, rows, max_size=8)


def scan(table: Table) -> Iterator[tuple[int | str, dict[str, Any]]]:
    for key in sorted(table, key=lambda key: (isinstance(key, str), key)):
        yield key, dict(table[key])


def slowly(one: dict[str, Any], other: dict[str, Any]) -> set[str]:
    def text(value: Any) -> str:
        return repr(float(value)) if isinstance(value, (int, float)) else repr(value)

    names = {name for name in {*one, *other} if name != "_mode"}
    return {name for name in names if text(one.get(name)) != text(other.get(name))}


@given(st.lists(tables, min_size=2, max_size=4))
def test_a_walk_meets_every_key_once_and_in_order(many: list[Table]) -> None:
    met = list(walk([scan(table) for table in many]))
    order = [(isinstance(key, str), key) for key, _ in met]
    assert order == sorted(order)
    assert {key for key, _ in met} == {key for table in many for key in table}
    assert len(met) == len({key for key, _ in met})
    for key, found in met:
        assert [row is None for row in found] == [key not in table for table in many]


@given(st.lists(tables, min_size=2, max_size=3), st.data())
def test_rows_are_counted_as_by_hand(many: list[Table], data: st.DataObject) -> None:
    base = data.draw(st.integers(0, len(many) - 1))
    only = data.draw(st.booleans())
    wanted = Wanted(only_different=only, page=PageRequest(number=2, size=3))
    found = compare_rows([scan(table) for table in many], wanted, base=base)
    first = many[base]
    differing: set[int | str] = set()
    for place, table in enumerate(many):
        if place == base:
            assert found.pairs[place] is None
            continue
        both = [key for key in first if key in table]
        changed = [key for key in both if slowly(first[key], table[key])]
        assert found.pairs[place] == Pair(
            equal=len(both) - len(changed),
            different=len(changed),
            only_base=len(first) - len(both),
            only_other=len(table) - len(both),
        )
        differing.update(changed, first.keys() ^ table.keys())
        for column in found.columns:
            assert column.different[place] == sum(
                column.name in slowly(first[key], table[key]) for key in both
            )
    every = {key for table in many for key in table}
    kept = [key for key, _ in scan({key: {} for key in (differing if only else every)})]
    assert found.total == len(kept)
    assert [row.key for row in found.rows] == kept[3:6]


def test_only_the_columns_asked_for_are_compared() -> None:
    one: Table = {1: {"a": 1, "b": 1, "duration_seconds": 0.1}, 2: {"a": 1, "b": 2}}
    other: Table = {1: {"a": 1, "b": 5, "duration_seconds": 0.2}, 2: {"a": 1, "b": 2}}
    found = compare_rows([scan(one), scan(other)], Wanted(columns=("a",)))
    assert found.pairs[1] == Pair(equal=2)
    assert [column.name for column in found.columns] == ["a"]
    assert compare_rows([scan(one), scan(other)], Wanted()).pairs[1] == Pair(equal=1, different=1)
    timed = compare_rows([scan(one), scan(other)], Wanted(columns=("duration_seconds",)))
    assert timed.rows[0].different == ((), ("duration_seconds",))
    with pytest.raises(NotFound, match="'c'") as error:
        compare_rows([scan(one), scan(other)], Wanted(columns=("c",)))
    assert "a, b" in error.value.hint


def test_what_was_read_may_be_left_out() -> None:
    one: Table = {1: {"input/a": 1, "output": 1}}
    other: Table = {1: {"input/a": 2, "output": 1}}
    assert compare_rows([scan(one), scan(other)], Wanted()).pairs[1] == Pair(different=1)
    assert compare_rows([scan(one), scan(other)], Wanted(inputs=False)).pairs[1] == Pair(equal=1)


def test_a_column_of_labels_is_no_score() -> None:
    one: Table = {1: {"label": 3, "right": True, "loss": 0.5, "hit": 1, "text": "a"}}
    other: Table = {1: {"label": 4, "right": False, "loss": 1.0, "hit": 0, "text": "b"}}
    found = compare_rows([scan(one), scan(other)], Wanted())
    assert [column.name for column in found.columns if column.is_score] == ["right", "loss", "hit"]


def test_one_table_is_no_comparison() -> None:
    with pytest.raises(UsageError):
        compare_rows([scan({})], Wanted())
    with pytest.raises(UsageError):
        compare_rows([scan({}), scan({})], Wanted(), base=2)


def test_summaries_are_laid_side_by_side() -> None:
    figures = compare_summaries([{"acc": 0.5, "kind": "a", "x/y": 1}, {"acc": 0.75, "kind": "b"}], base=0)
    assert [each.name for each in figures] == ["acc", "kind", "x/y"]
    assert figures[0].changes == (None, 0.25)
    assert figures[1].differs == (False, True)
    assert figures[1].changes == (None, None)
    assert figures[2].values == (1, None)
    assert figures[2].differs == (False, True)
    turned = compare_summaries([{"acc": 0.5}, {"acc": 0.75}], base=1)
    assert turned[0].changes == (-0.25, None)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (NAN, float("nan"), True),
        ([1, NAN], [1, float("nan")], True),
        ({"a": [NAN]}, {"a": [float("nan")]}, True),
        ((1, 2), [1, 2], True),
        ([1], [1, 2], False),
        (1, 1.0, True),
        (1, "1", False),
        (np.array([1.0, NAN]), np.array([1.0, NAN]), True),
        (np.array([1, 2]), np.array([1, 3]), False),
        (np.array([1, 2]), np.array([[1, 2]]), False),
        (np.array(["a"]), np.array(["a"]), True),
        (np.array([1]), None, False),
        (None, 0, False),
    ],
)
def test_values_are_the_same_or_not(one: Any, other: Any, expected: bool) -> None:
    assert same(one, other) is expected
    assert same(other, one) is expected


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (True, 1.0),
        (2, 2.0),
        (0.5, 0.5),
        (np.float32(0.5), 0.5),
        (NAN, None),
        ("1", None),
        (None, None),
        (10**400, None),
    ],
)
def test_numbers_are_finite(value: Any, number: float | None) -> None:
    assert number_of(value) == number


def test_an_interval_is_that_of_the_rows_both_have() -> None:
    random = np.random.default_rng(3)
    one: Table = {key: {"score": float(random.random())} for key in range(60)}
    other: Table = {key: {"score": float(random.random()) + 0.2} for key in range(10, 80)}
    other[11]["score"] = None
    (found,) = intervals(scan(one), scan(other), [Metric("score")], place=1, seed=5, resamples=300)
    both = [key for key in one if key in other and key != 11]
    expected = paired_bootstrap(
        [(key, one[key]["score"]) for key in both],
        [(key, other[key]["score"]) for key in both],
        seed=5,
        resamples=300,
    )
    assert found.difference is not None
    assert (found.difference.low, found.difference.high) == (expected.low, expected.high)
    assert found.difference.is_clear
    assert (found.difference.rows, found.difference.only_first, found.difference.only_second) == (49, 11, 20)


def test_a_metric_may_be_how_often_two_columns_are_equal() -> None:
    one: Table = {
        1: {"output": "a", "input/label": "a"},
        2: {"output": "b", "input/label": "a"},
        3: {"output": 1},
    }
    other: Table = {1: {"output": "a", "input/label": "a"}, 2: {"output": "a", "input/label": "a"}}
    metric = Metric.parse("output == input/label")
    assert str(metric) == "output==input/label"
    (found,) = intervals(scan(one), scan(other), [metric], place=1)
    assert found.difference is not None
    assert (found.difference.first, found.difference.second, found.difference.rows) == (0.5, 1.0, 2)
    (none,) = intervals(scan(one), scan(other), [Metric("output")], place=1)
    assert none.difference is None
    for text in ("", "==a", "a=="):
        with pytest.raises(UsageError):
            Metric.parse(text)
