"""Rows by position: against a sorted list, over layers, deletions and both kinds of keys."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from starwhale.storage.blobs import Blobs
from starwhale.storage.objects import open_objects
from starwhale.storage.rows.comparison import changed_fields, compare
from starwhale.storage.rows.manifest import LayerStore, Manifest
from starwhale.storage.rows.positions import Positions
from starwhale.storage.rows.snapshot import Snapshot
from starwhale.storage.rows.stage import Stage

keys = st.one_of(st.integers(-9, 60), st.sampled_from(["a", "b", "ö"]))
rows = st.dictionaries(st.sampled_from("xyz"), st.integers(0, 3), max_size=2)
changes = st.lists(st.tuples(keys, st.one_of(st.none(), rows), st.booleans()), max_size=40)


def grown(store: LayerStore, base: Manifest, steps: Any, model: dict[Any, Any]) -> Snapshot:
    stage = Stage(store, base)
    for key, row, flush in steps:
        if row is None:
            stage.delete(key)
            model.pop(key, None)
        else:
            stage.put(key, row)
            model[key] = {**model.get(key, {}), **row}
        if flush:
            stage.flush()
    return Snapshot(store, stage.finish("p")[0])


def ordered(model: dict[Any, Any]) -> list[tuple[Any, Any]]:
    return sorted(model.items(), key=lambda pair: (isinstance(pair[0], str), pair[0]))


@settings(deadline=None)
@given(first=changes, second=changes, data=st.data())
def test_positions_agree_with_a_sorted_list(first: Any, second: Any, data: Any) -> None:
    with TemporaryDirectory() as place:
        store = LayerStore(Blobs(open_objects(place)))
        model: dict[Any, Any] = {}
        snapshot = grown(store, grown(store, Manifest(), first, model).manifest, second, model)
        expected = ordered(model)
        positions = Positions(snapshot)
        assert len(positions) == len(expected)
        low, high = (data.draw(st.integers(0, len(expected) + 2)) for _ in range(2))
        found = [pair for some in positions.rows(low, high) for pair in zip(*some, strict=True)]
        assert found == expected[low:high]
        if expected:
            chosen = data.draw(st.lists(st.integers(0, len(expected) - 1), max_size=20))
            assert positions.take(chosen) == [expected[place] for place in chosen]
            assert [positions.row(place) for place in chosen] == [expected[place] for place in chosen]
        names = [key for key, _ in expected]
        assert positions.keys(low, high) == names[low:high]
        for key in (*range(-10, 61, 7), "", "a", "b", "c", "zz"):
            before = [each for each in names if (isinstance(each, str), each) < (isinstance(key, str), key)]
            assert positions.before(key) == len(before)
        for wrong in (-1, len(expected)):
            with pytest.raises(IndexError):
                positions.row(wrong)
            with pytest.raises(IndexError):
                positions.take([wrong])


@settings(deadline=None)
@given(first=changes, second=changes, third=changes)
def test_a_comparison_agrees_with_two_dicts(first: Any, second: Any, third: Any) -> None:
    with TemporaryDirectory() as place:
        store = LayerStore(Blobs(open_objects(place)))
        model: dict[Any, Any] = {}
        base = grown(store, Manifest(), first, model)
        one_model, other_model = dict(model), dict(model)
        one = grown(store, base.manifest, second, one_model)
        other = grown(store, base.manifest, third, other_model)
        found = {row.key: (row.before, row.after) for row in compare(one, other)}
        every = one_model.keys() | other_model.keys()
        assert found == {
            key: (key in one_model, key in other_model)
            for key in every
            if one_model.get(key) != other_model.get(key)
        }
        for key in found:
            before, after = one.get(key), other.get(key)
            if before is not None and after is not None:
                names = [*before, *(name for name in after if name not in before)]
                assert changed_fields(before, after) == [
                    name for name in names if before.get(name, ...) != after.get(name, ...)
                ]


def test_rows_far_apart_are_read_one_by_one_and_neighbours_together(tmp_path: Path) -> None:
    store = LayerStore(Blobs(open_objects(str(tmp_path))))
    snapshot = grown(store, Manifest(), [(number, {"x": number}, False) for number in range(20_000)], {})
    positions = Positions(snapshot)
    chosen = [*range(100, 300), 19_999, 5, 7_777]
    assert [key for key, _ in positions.take(chosen)] == chosen
