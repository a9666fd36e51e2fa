"""Rows that a filter wants: found column by column as they are found cell by cell."""

from __future__ import annotations

import time
from collections.abc import Mapping
from math import isnan
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from starwhale.datasets import matches
from starwhale.datasets.matches import MatchBook, Matches
from starwhale.datasets.row_filters import test_of as told_by_cells
from starwhale.storage.blobs import Blobs
from starwhale.storage.layers.cells import cell_of
from starwhale.storage.objects import open_objects
from starwhale.storage.rows.manifest import LayerStore, Manifest
from starwhale.storage.rows.snapshot import Snapshot
from starwhale.storage.rows.stage import Stage
from starwhale.storage.tables.masks import mask_of
from starwhale.storage.tables.query import And, Compare, Contains, Filter, In, Not, Or

Rows = Mapping[int | str, Mapping[str, Any]]
FOREVER = 2.0**40
floats = st.sampled_from([0.0, 1.0, 1.5, -2.5, float("nan"), float("inf"), 2.0**60])
integers = st.sampled_from([-3, 0, 1, 2, 2**53, 2**53 + 1, 2**63 - 1])
texts = st.sampled_from(["", "a", "ab", "b", "é", "1"])
constants = st.one_of(
    st.none(), st.booleans(), floats.filter(lambda number: not isnan(number)), integers, texts
)
columns = st.sampled_from(["n", "f", "t", "b", "mixed", "late", "id", "none"])
leaves: st.SearchStrategy[Any] = st.one_of(
    st.builds(Compare, columns, st.sampled_from(["=", "==", "!=", ">", ">=", "<", "<="]), constants),
    st.builds(In, columns, st.lists(constants, max_size=3).map(tuple)),
    st.builds(Contains, columns, texts),
)
filters = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, max_size=3).map(tuple)),
    ),
    max_leaves=5,
)
cells = st.fixed_dictionaries(
    {},
    optional={
        "n": st.none() | integers,
        "f": st.none() | floats,
        "t": st.none() | texts,
        "b": st.none() | st.booleans(),
        "mixed": st.one_of(integers, texts, floats),
        "none": st.none(),
    },
)
keys = st.one_of(st.integers(-5, 30), st.sampled_from(["", "a", "b", "1"]))
tables = st.dictionaries(keys, cells, max_size=25)


def snapshot_of(store: LayerStore, *layers: Rows) -> Snapshot:
    manifest = Manifest()
    for rows in layers:
        stage = Stage(store, manifest)
        for key, row in rows.items():
            stage.put(key, dict(row))
        manifest = stage.finish("p")[0]
    return Snapshot(store, manifest)


def expected(rows: Rows, where: Filter) -> list[int]:
    test = told_by_cells(where)
    ordered = sorted(rows, key=lambda key: (isinstance(key, str), key))
    return [
        place
        for place, key in enumerate(ordered)
        if test(key, {name: cell_of(value, name) for name, value in rows[key].items()})
    ]


@settings(deadline=None, max_examples=300)
@given(first=tables, second=tables, where=filters)
def test_columns_tell_what_cells_tell(first: Rows, second: Rows, where: Filter) -> None:
    with TemporaryDirectory() as place:
        store = LayerStore(Blobs(open_objects(place)))
        second = {key: {**row, "late": 1} for key, row in second.items()}
        snapshot = snapshot_of(store, first, second)
        merged = {key: {**first.get(key, {}), **second.get(key, {})} for key in (*first, *second)}
        found = Matches(snapshot, where)
        found.look(FOREVER)
        assert list(found.places(0, 1000)) == expected(merged, where)
        assert (found.done, found.looked_at) == (True, len(merged))


def test_usual_columns_are_told_at_once(tmp_path: Path) -> None:
    store = LayerStore(Blobs(open_objects(str(tmp_path))))
    rows: Rows = {key: {"n": key, "f": key / 2, "t": f"w{key}", "b": key % 2 == 0} for key in range(100)}
    (batch,) = snapshot_of(store, rows).layers(int)[0].batches(None, None)
    told = [Compare("n", ">", 1.5), Compare("f", "<=", 3), Contains("t", "9"), Compare("b", "=", True)]
    for where in (*told, In("t", tuple(f"w{key}" for key in range(90))), Compare("id", "<", 5)):
        assert mask_of(where, batch) is not None
    assert mask_of(Compare("n", "=", 2**60), batch) is None


def test_looking_goes_on_where_it_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matches, "_STEP", 10)
    store = LayerStore(Blobs(open_objects(str(tmp_path))))
    rows: Rows = {key: {"mixed": key if key % 2 else str(key)} for key in range(100)}
    found = MatchBook().find("m", snapshot_of(store, rows), Compare("mixed", ">=", 0))
    found.look(time.monotonic() - 1)
    assert (found.looked_at, found.done, len(found)) == (10, False, 5)
    found.look(FOREVER, count=12)
    assert (found.looked_at, found.before(21), list(found.places(10, 99))) == (30, 10, [21, 23, 25, 27, 29])
    found.look(FOREVER, place=55)
    assert found.looked_at == 60
    found.look(FOREVER)
    assert (found.done, len(found)) == (True, 50)


def test_filters_that_only_look_alike_are_kept_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = snapshot_of(LayerStore(Blobs(open_objects(str(tmp_path)))), {1: {"b": True, "n": 1}})
    book = MatchBook()
    kept = [book.find("m", snapshot, Compare("b", "=", value)) for value in (1, 1.0, True)]
    assert len({id(each) for each in kept}) == 3
    assert book.find("m", snapshot, Compare("b", "=", True)) is kept[2]
    monkeypatch.setattr(matches, "MOST_KEPT", 0)
    kept[2].look(FOREVER)
    book.find("m", snapshot, Compare("n", "=", 1))
    assert book.find("m", snapshot, Compare("b", "=", True)) is not kept[2]
