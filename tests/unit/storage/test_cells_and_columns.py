"""Every value comes back from a cell, a column, a packed form, and from a file, as what it was."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.storage.values import arrays, values

from starwhale.core.errors import UnsupportedValue
from starwhale.storage.layers import columns, tags
from starwhale.storage.layers.cells import cell_of
from starwhale.storage.layers.packed import pack, unpack


def same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and one.dtype == other.dtype and np.array_equal(one, other)
    return type(one) is type(other) and one == other


@given(values)
def test_a_value_comes_back_from_its_packed_form_through_json(value: Any) -> None:
    cell = cell_of(value, "column")
    packed = orjson.loads(orjson.dumps(pack(*cell)))
    assert same(unpack(packed), value)


@given(st.lists(values, min_size=1, max_size=6))
def test_values_come_back_from_a_column_whatever_they_are(several: list[Any]) -> None:
    cells = [cell_of(value, "column") for value in several]
    tag = columns.column_tag(cells)
    array = columns.build(cells, tag)
    array.validate(full=True)
    assert array.type == columns.arrow_type(tag)
    decoded = columns.decode(tag, array, None)
    get = columns.getter(tag, array, None)
    for row, value in enumerate(several):
        assert same(decoded[row], value)
        assert same(get(row), value)
    again = columns.decode_cells(tag, array)
    assert all(same(unpack(pack(*cell)), value) for cell, value in zip(again, several, strict=True))


@given(st.lists(values, min_size=2, max_size=8), st.data())
def test_a_slice_of_a_column_decodes_to_the_slice_of_its_values(
    several: list[Any], data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(several) - 1))
    stop = data.draw(st.integers(start + 1, len(several)))
    cells = [cell_of(value, "column") for value in several]
    tag = columns.column_tag(cells)
    piece = columns.build(cells, tag).slice(start, stop - start)
    assert all(same(a, b) for a, b in zip(columns.decode(tag, piece, None), several[start:stop], strict=True))
    get = columns.getter(tag, piece, None)
    assert all(same(get(row), several[start + row]) for row in range(stop - start))


@given(arrays())
def test_numpy_arrays_keep_dtype_and_shape(array: np.ndarray) -> None:
    cell = cell_of(array, "column")
    back = unpack(pack(*cell))
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    assert np.array_equal(back, array)


@pytest.mark.parametrize("dtype", np.sctypeDict.values())
def test_numpy_scalars_of_every_dtype_are_accepted(dtype: type) -> None:
    if np.dtype(dtype).hasobject:
        return
    value = np.zeros(1, dtype=dtype)[0]
    cell = cell_of(value, "column")
    assert cell[0] is not None
    unpack(pack(*cell))


def test_integers_stay_integers_beside_floats() -> None:
    cells = [cell_of(value, "loss") for value in (1, 0.5, None, 2**70)]
    tag = columns.column_tag(cells)
    decoded = columns.decode(tag, columns.build(cells, tag), None)
    assert decoded == [1, 0.5, None, 2**70]
    assert [type(value) for value in decoded] == [int, float, type(None), int]


def test_not_a_number_and_infinities_survive_everywhere() -> None:
    for value in (math.nan, math.inf, -math.inf):
        packed = orjson.loads(orjson.dumps(pack(*cell_of([value, "mixed"], "c"))))
        back = unpack(packed)[0]
        assert math.isnan(back) if math.isnan(value) else back == value


@pytest.mark.parametrize(
    "value", [object(), lambda: 1, np.array([object()]), "\ud800", [object()], {"a": {1: object()}}]
)
def test_what_has_no_stored_form_is_refused_naming_column_and_value(value: Any) -> None:
    with pytest.raises(UnsupportedValue, match="'picture'") as caught:
        cell_of(value, "picture")
    assert type(value).__name__ in str(caught.value)


def test_a_list_that_holds_itself_is_refused() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(UnsupportedValue, match="nests deeper"):
        cell_of(loop, "column")


tag_words = st.sampled_from(["null", "bool", "int", "float", "str", "bytes", "packed"])
some_tags = st.recursive(
    tag_words,
    lambda inner: st.one_of(
        inner.map(lambda tag: ("list", tag)), inner.map(lambda tag: ("struct", ("a", "b"), (tag, "int")))
    ),
    max_leaves=4,
)


@given(some_tags, some_tags)
def test_unifying_does_not_depend_on_the_order(one: tags.Tag, other: tags.Tag) -> None:
    assert tags.unify_all([one, other]) == tags.unify_all([other, one])


@given(some_tags)
def test_a_tag_reads_back_from_json(tag: tags.Tag) -> None:
    assert tags.from_json(orjson.loads(orjson.dumps(tags.to_json(tag)))) == tag
