"""Cells as JSON for people: the same for what JSON has, serialisable for all else, media found again."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale import COCOObjectAnnotation, Image
from starwhale.datasets.cells_shown import MediaPlace, Shower, media_at
from starwhale.datasets.row_filters import test_of as filter_test
from starwhale.storage.layers.cells import cell_of
from starwhale.storage.layers.media import MediaCell
from starwhale.storage.tables.query import And, Compare, Contains, In, Not, Or

PLAIN = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20) | st.floats(-1e9, 1e9)
NAMES = st.text(max_size=5).filter(lambda name: name != "$")
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
IMAGES = st.builds(lambda data: Image(data, mime_type="image/png"), st.binary(min_size=1, max_size=8))
MIXED = st.recursive(
    PLAIN | IMAGES | st.binary(max_size=9) | st.floats() | st.datetimes() | st.dates() | st.uuids(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(NAMES | st.integers(0, 9), inner, max_size=4)
    ),
    max_leaves=12,
)


def shown(value: Any, found: list[tuple[MediaPlace, MediaCell]] | None = None) -> Any:
    def refer(place: MediaPlace, cell: MediaCell) -> Any:
        (found if found is not None else []).append((place, cell))
        return {"type": cell.logical}

    return Shower(1, refer, 1000).show("c", cell_of(value, "c"))


@given(VALUES)
def test_what_json_has_is_shown_as_it_is(value: Any) -> None:
    assert orjson.loads(orjson.dumps(shown(value))) == orjson.loads(orjson.dumps(value))


@given(MIXED)
def test_every_value_is_json_and_its_media_are_found_again(value: Any) -> None:
    found: list[tuple[MediaPlace, MediaCell]] = []
    orjson.dumps(shown(value, found))
    cell = cell_of(value, "c")
    for place, media in found:
        assert place.path[0] == "c"
        assert media_at(cell, place.path[1:]) == media


@given(MIXED, st.lists(st.integers(-2, 9) | st.text(max_size=3), max_size=5))
def test_a_place_that_is_none_finds_nothing_or_media(value: Any, path: list[int | str]) -> None:
    found = media_at(cell_of(value, "c"), tuple(path))
    assert found is None or isinstance(found, MediaCell)


LEAVES = (
    st.builds(Compare, st.just("x"), st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), PLAIN)
    | st.builds(In, st.just("x"), st.lists(PLAIN, max_size=4).map(tuple))
    | st.builds(Contains, st.just("x"), st.text(max_size=2))
)


@given(LEAVES, LEAVES, PLAIN)
def test_filters_join_as_logic_has_it(one: Any, other: Any, value: Any) -> None:
    cells = {"x": cell_of(value, "x")}
    left, right = filter_test(one)(1, cells), filter_test(other)(1, cells)
    assert filter_test(And((one, other)))(1, cells) == (left and right)
    assert filter_test(Or((one, other)))(1, cells) == (left or right)
    assert filter_test(Not(one))(1, cells) != left


@given(PLAIN, st.lists(PLAIN, max_size=5))
def test_being_among_some_is_being_equal_to_one(value: Any, values: list[Any]) -> None:
    cells = {"x": cell_of(value, "x")}
    equal = any(filter_test(Compare("x", "=", each))(1, cells) for each in values)
    assert filter_test(In("x", tuple(values)))(1, cells) == equal


@pytest.mark.parametrize(("value", "other"), [(True, 1), (1, True), ("1", 1), (1, "1"), (b"1", "1")])
def test_values_of_other_types_never_match(value: Any, other: Any) -> None:
    cells = {"x": cell_of(value, "x")}
    for operator in ("=", "!=", "<", ">"):
        assert not filter_test(Compare("x", operator, other))(1, cells)


def test_run_lengths_of_an_annotation_are_shown_whole() -> None:
    annotation = COCOObjectAnnotation(id=1)
    annotation.segmentation = {"size": [9, 9], "counts": b"06" * 100}
    for value, told in ((annotation, shown(annotation)), ([annotation, 1], shown([annotation, 1])[0])):
        assert (told["rle_text"], told["rle_bytes"]) == ("06" * 100, None), value
