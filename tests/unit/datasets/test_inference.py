"""Types of columns of text: told apart by stated rules, and never so that a column says something else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.datasets.sources.inference import ColumnGuess

_texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


def inferred(column: Sequence[str]) -> list[Any]:
    """What the fields of a column stand for."""
    guess = ColumnGuess()
    for text in column:
        guess.see(text)
    return [guess.convert(text) for text in column]


_kinds: dict[str, tuple[st.SearchStrategy[Any], Callable[[Any], str]]] = {
    "bool": (st.booleans(), str),
    "int": (st.integers(), str),
    "float": (st.floats(allow_nan=False, allow_infinity=False), repr),
    "date": (st.dates(), date.isoformat),
    "datetime": (st.datetimes(), datetime.isoformat),
    "aware": (st.datetimes(timezones=st.just(timezone(timedelta(hours=5, minutes=30)))), datetime.isoformat),
}


@given(data=st.data(), kind=st.sampled_from(sorted(_kinds)))
def test_a_column_of_one_kind_is_inferred_as_it_was(data: st.DataObject, kind: str) -> None:
    values, text_of = _kinds[kind]
    column = data.draw(st.lists(st.none() | values, min_size=1, max_size=12))
    found = inferred(["" if value is None else text_of(value) for value in column])
    assert found == column
    assert [type(value) for value in found] == [type(value) for value in column]


@given(column=st.lists(_texts | st.integers().map(str) | st.floats().map(repr) | st.booleans().map(str)))
def test_inference_never_changes_what_a_column_says(column: list[str]) -> None:
    for text, value in zip(column, inferred(column), strict=True):
        if isinstance(value, str):
            assert value == text
        elif value is None:
            assert text == ""
        elif isinstance(value, (bool, int)):
            assert str(value).lower() == text.lower()
        else:
            assert isinstance(value, float)
            assert float(text) == value


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (["1", "2.5", ""], [1.0, 2.5, None]),
        (["1", "x", ""], ["1", "x", ""]),
        (["007", "8"], ["007", "8"]),
        (["+49301234", "1"], ["+49301234", "1"]),
        (["1,5", "2"], ["1,5", "2"]),
        (["nan", "1"], ["nan", "1"]),
        (["1e999", "1"], ["1e999", "1"]),
        (["TRUE", "false"], [True, False]),
        (["true", "1"], ["true", "1"]),
        (["", ""], [None, None]),
        (["9007199254740993", "1"], [9007199254740993, 1]),
        (["9007199254740993", "0.5"], ["9007199254740993", "0.5"]),
        (["0.5", "9007199254740993"], ["0.5", "9007199254740993"]),
        (["5", "1" * 400, "0.5"], ["5", "1" * 400, "0.5"]),
        (["2024-02-29", "2023-02-29"], ["2024-02-29", "2023-02-29"]),
        (["2024-02-29", "2024-02-29 10:00"], ["2024-02-29", "2024-02-29 10:00"]),
        (["2024-02-29T10:00Z"], [datetime(2024, 2, 29, 10, tzinfo=UTC)]),
        (["2024-02-29T10:00Z", "2024-02-29T10:00"], ["2024-02-29T10:00Z", "2024-02-29T10:00"]),
    ],
)
def test_the_rules_of_inference(column: list[str], expected: list[Any]) -> None:
    found = inferred(column)
    assert found == expected
    assert [type(value) for value in found] == [type(value) for value in expected]


@given(
    st.lists(
        st.one_of(
            st.integers(-(2**53), 2**53).map(str), st.floats(allow_nan=False, allow_infinity=False).map(repr)
        ),
        min_size=1,
    )
)
def test_numbers_are_numbers_whatever_their_order(fields: list[str]) -> None:
    guess = ColumnGuess()
    for field in fields:
        guess.see(field)
    made = [guess.convert(field) for field in fields]
    assert made == [
        float(field) if isinstance(value, float) else int(field)
        for field, value in zip(fields, made, strict=True)
    ]
    assert len({type(value) for value in made}) == 1


@given(st.lists(st.sampled_from(["1", "x", "true", "2024-01-01", "007", "nan", "1e5", ""]), min_size=1))
def test_a_column_is_of_one_kind_or_text(fields: list[str]) -> None:
    guess = ColumnGuess()
    for field in fields:
        guess.see(field)
    kinds = {type(guess.convert(field)) for field in fields if field}
    assert len(kinds) <= 1
