"""Live tables against a dict of dicts, with several writers, folds, crashes and queries in between."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.unit.storage.values import keys, leaves

from starwhale.core.errors import NotFound
from starwhale.storage.blobs import Blobs
from starwhale.storage.objects import DirectoryObjects
from starwhale.storage.rows.manifest import LayerStore
from starwhale.storage.tables import engine
from starwhale.storage.tables.logs import DirectoryLogs, ObjectLogs
from starwhale.storage.tables.ports import Extent, Guard, TableState
from starwhale.storage.tables.query import And, Compare, Filter, In, Not, Or, Order, Query
from starwhale.storage.tables.store import TableStore, TableWriter

PATH = "self/evaluation/job/results"
columns = st.sampled_from(["a", "b", "x y", "n/1"])
rows = st.dictionaries(
    columns, st.one_of(leaves, st.integers(-3, 3), st.sampled_from([0.5, "q"])), max_size=3
)
constants = st.one_of(st.integers(-3, 3), st.sampled_from([0.5, "q", True, None]))
comparisons = st.builds(Compare, columns, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), constants)
memberships = st.builds(In, columns, st.lists(constants, max_size=4).map(tuple))
filters = st.recursive(
    st.one_of(comparisons, memberships),
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.lists(inner, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, max_size=3).map(lambda parts: Or(tuple(parts))),
    ),
    max_leaves=4,
)


class MemoryRevisions:
    """The port `Revisions` in memory."""

    def __init__(self) -> None:
        self.commits: dict[str, list[Extent]] = {}
        self.folds: dict[str, tuple[str, int]] = {}

    def commit(self, entries: Sequence[tuple[str, Extent]], guard: Guard | None) -> None:
        if guard is not None:
            guard(None)
        for path, extent in entries:
            self.commits.setdefault(path, []).append(extent)

    def commit_within(self, session: Any, entries: Sequence[tuple[str, Extent]]) -> None:
        self.commit(entries, lambda _: None)

    def forget(self, writer: str) -> None:
        """There is nothing to forget: what is remembered of a writer are its commits."""

    def state(self, path: str, revision: int | None = None) -> TableState | None:
        commits = self.commits.get(path)
        if commits is None:
            return None
        wanted = len(commits) if revision is None else revision
        manifest, folded = self.folds.get(path, (None, 0))
        if wanted < folded:
            manifest, folded = None, 0
        return TableState(
            path=path, revision=wanted, manifest=manifest, folded=folded, tail=tuple(commits[folded:wanted])
        )

    def fold(self, path: str, expected: str | None, folded: int, manifest: str) -> bool:
        known, upto = self.folds.get(path, (None, 0))
        if known != expected or upto >= folded:
            return False
        self.folds[path] = (manifest, folded)
        return True

    def paths(self, prefix: str) -> list[str]:
        return sorted(path for path in self.commits if path.startswith(prefix))


def order_of(key: Any) -> tuple[bool, Any]:
    return (isinstance(key, str), key)


def matches(part: Filter, row: dict[str, Any]) -> bool:
    if isinstance(part, Not):
        return not matches(part.part, row)
    if isinstance(part, And):
        return all(matches(each, row) for each in part.parts)
    if isinstance(part, Or):
        return any(matches(each, row) for each in part.parts)
    if isinstance(part, In):
        return any(matches(Compare(part.column, "=", value), row) for value in part.values)
    assert isinstance(part, Compare)
    value, constant = row.get(part.column), part.value
    if constant is None:
        return {"=": value is None, "!=": value is not None}.get(part.operator, False)
    if (
        value is None
        or kind_of(value) != kind_of(constant)
        or (isinstance(value, int) and abs(value) > 2**63 - 1)
    ):
        return False
    return {
        "=": value == constant,
        "!=": value != constant,
        "<": value < constant,
        "<=": value <= constant,
        ">": value > constant,
        ">=": value >= constant,
    }[part.operator]


def kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    return "number" if isinstance(value, (int, float)) else type(value).__name__


class TablesMachine(RuleBasedStateMachine):
    """Two writers share one table; the model is what has been flushed."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        root = Path(self.folder.name)
        objects = DirectoryObjects(root / "objects")
        self.revisions = MemoryRevisions()
        self.stores = [
            TableStore(LayerStore(Blobs(objects)), DirectoryLogs(root / "tables"), self.revisions),
        ]
        self.writers: list[TableWriter] = [self.store.writer(), self.store.writer()]
        self.buffered: list[list[tuple[Any, dict[str, Any] | None]]] = [[], []]
        self.model: dict[Any, dict[str, Any]] = {}
        self.past: list[dict[Any, dict[str, Any]]] = [{}]

    @property
    def store(self) -> TableStore:
        return self.stores[0]

    def teardown(self) -> None:
        for writer in self.writers:
            writer.close()
        self.folder.cleanup()

    @rule(who=st.integers(0, 1), key=keys, row=rows)
    def put(self, who: int, key: Any, row: dict[str, Any]) -> None:
        self.writers[who].put(PATH, key, row)
        self.buffered[who].append((key, row))

    @rule(who=st.integers(0, 1), key=keys)
    def delete(self, who: int, key: Any) -> None:
        self.writers[who].delete(PATH, key)
        self.buffered[who].append((key, None))

    @rule(who=st.integers(0, 1))
    def flush(self, who: int) -> None:
        before = len(self.revisions.commits.get(PATH, ()))
        self.writers[who].flush()
        for key, row in self.buffered[who]:
            if row is None:
                self.model.pop(key, None)
            else:
                self.model[key] = {**self.model.get(key, {}), **row}
        self.buffered[who].clear()
        if len(self.revisions.commits.get(PATH, ())) > before:
            self.past.append({key: dict(row) for key, row in self.model.items()})

    @rule(who=st.integers(0, 1))
    def crash_before_the_flush(self, who: int) -> None:
        self.writers[who].close()
        self.writers[who] = self.store.writer()
        self.buffered[who].clear()

    @rule(who=st.integers(0, 1))
    def a_guard_refuses(self, who: int) -> None:
        def refuse(_session: Any) -> None:
            raise PermissionError

        with pytest.raises(PermissionError):
            self.writers[who].flush(guard=refuse)
        self.buffered[who].clear()

    @rule()
    def fold(self) -> None:
        self.store.fold(PATH)

    @rule(data=st.data())
    def a_named_revision_reads_as_it_was(self, data: st.DataObject) -> None:
        if len(self.past) > 1:
            revision = data.draw(st.integers(1, len(self.past) - 1))
            reader = self.store.reader(PATH, revision)
            assert dict(reader.scan()) == self.past[revision]

    @rule(part=filters)
    def counting(self, part: Filter) -> None:
        if self.store.exists(PATH):
            expected = sum(matches(part, row) for row in self.model.values())
            assert engine.count([self.store.reader(PATH)], part) == expected

    @rule(
        part=filters,
        column=columns,
        descending=st.booleans(),
        start=st.integers(0, 2),
        limit=st.integers(0, 5),
    )
    def a_page(self, part: Filter, column: str, descending: bool, start: int, limit: int) -> None:
        if not self.store.exists(PATH):
            return
        chosen = [(key, row) for key, row in self.model.items() if matches(part, row)]
        reader = self.store.reader(PATH)
        page = engine.query(
            [reader],
            Query(where=part, order=[Order(column=column, descending=descending)], start=start, limit=limit),
        )
        everything = engine.query(
            [reader], Query(where=part, order=[Order(column=column, descending=descending)], limit=999)
        )
        assert page == everything[start : start + limit]
        assert sorted((row["id"] for row in everything), key=order_of) == sorted(
            (k for k, _ in chosen), key=order_of
        )
        found: list[Any] = [row.get(column) for row in everything]
        numbers = [value for value in found if kind_of(value) == "number"]
        small = [value for value in numbers if abs(value) < 2**53]
        assert small == sorted(small, reverse=descending)
        there = [row.get(column) is not None for row in everything]
        assert there == sorted(there, reverse=True)

    @invariant()
    def a_scan_sees_what_was_flushed(self) -> None:
        if not self.store.exists(PATH):
            assert not self.model
            return
        reader = self.store.reader(PATH)
        found = list(reader.scan())
        assert found == sorted(self.model.items(), key=lambda item: order_of(item[0]))
        for key, row in found:
            assert reader.get(key) == row


TestTables = TablesMachine.TestCase
TestTables.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


def test_tables_merge_by_key_the_later_over_the_earlier(layers: LayerStore, tmp_path: Path) -> None:
    store = TableStore(layers, DirectoryLogs(tmp_path / "tables"), MemoryRevisions())
    writer = store.writer()
    for key in range(5):
        writer.put("one", key, {"score": key, "who": "one"})
        writer.put("two", key + 3, {"score": key * 10})
    writer.flush()
    store.fold("one")
    both = [store.reader("one"), store.reader("two")]
    page = engine.query(both, Query(order=[Order(column="score", descending=True)], limit=3))
    assert page == [{"id": 7, "score": 40}, {"id": 6, "score": 30}, {"id": 5, "score": 20}]
    assert engine.query(both, Query(where=Compare("id", "=", 4)))[0] == {"id": 4, "score": 10, "who": "one"}
    writer.close()


some_keys: st.SearchStrategy[Any] = st.sampled_from([0, 1, 2, "a"])
nothing: st.SearchStrategy[Any] = st.none()
changes = st.lists(
    st.one_of(
        st.tuples(st.just("put"), some_keys, cast("st.SearchStrategy[Any]", rows)),
        st.tuples(st.just("delete"), some_keys, nothing),
        st.tuples(st.sampled_from(["flush", "fold"]), nothing, nothing),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(tables=st.lists(changes, min_size=2, max_size=3), part=filters)
def test_what_one_table_deletes_is_still_in_the_others(
    tables: list[list[tuple[str, Any, Any]]], part: Filter
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        layers = LayerStore(Blobs(DirectoryObjects(root / "objects")))
        store = TableStore(layers, DirectoryLogs(root / "tables"), MemoryRevisions())
        writer = store.writer()
        expected: dict[Any, dict[str, Any]] = {}
        for number, steps in enumerate(tables):
            path, rows_of = f"t{number}", dict[Any, dict[str, Any]]()
            writer.put(path, 0, {})
            rows_of[0] = {}
            last: list[tuple[str, Any, Any]] = [("flush", None, None)]
            for what, key, row in [*steps, *last]:
                if what == "put":
                    writer.put(path, key, row)
                    rows_of[key] = {**rows_of.get(key, {}), **row}
                elif what == "delete":
                    writer.delete(path, key)
                    rows_of.pop(key, None)
                elif what == "flush":
                    writer.flush()
                elif store.exists(path):
                    store.fold(path)
            for key, row in rows_of.items():
                expected[key] = {**expected.get(key, {}), **row}
        readers = [store.reader(f"t{number}") for number in range(len(tables))]
        wanted = {key: row for key, row in expected.items() if matches(part, row)}
        found = engine.query(readers, Query(where=part, limit=99))
        assert {row["id"]: {name: row[name] for name in row if name != "id"} for row in found} == wanted
        assert engine.count(readers, part) == len(wanted)
        writer.close()


def test_a_long_list_of_values_is_looked_up_and_not_gone_through(layers: LayerStore, tmp_path: Path) -> None:
    store = TableStore(layers, DirectoryLogs(tmp_path / "tables"), MemoryRevisions())
    writer = store.writer()
    for key in range(50_000):
        writer.put("t", key, {"v": key / 2})
    writer.flush()
    store.fold("t")
    values = (*(float(at) for at in range(10_000)), None, True, "x")
    assert engine.count([store.reader("t")], In("v", values)) == 10_000
    writer.close()


def test_measures_by_group(layers: LayerStore, tmp_path: Path) -> None:
    store = TableStore(layers, DirectoryLogs(tmp_path / "tables"), MemoryRevisions())
    writer = store.writer()
    for key in range(100):
        writer.put("t", key, {"label": f"l{key % 2}", "loss": key / 2 if key % 3 else key})
    writer.flush()
    found = engine.aggregate(
        [store.reader("t")],
        {"n": ("count", "id"), "top": ("max", "loss"), "mean": ("mean", "loss")},
        ["label"],
    )
    assert [group["label"] for group in found] == ["l0", "l1"]
    assert [group["n"] for group in found] == [50, 50]
    assert found[0]["top"] == 96
    assert found[1]["top"] == 99
    writer.close()


def test_a_table_that_is_not_there_is_said_to_be_missing(layers: LayerStore, tmp_path: Path) -> None:
    store = TableStore(layers, DirectoryLogs(tmp_path / "tables"), MemoryRevisions())
    with pytest.raises(NotFound, match="'nothing'"):
        store.reader("nothing")


def test_logs_may_be_objects(layers: LayerStore) -> None:
    store = TableStore(layers, ObjectLogs(layers.blobs.objects), MemoryRevisions())
    writer = store.writer()
    for key in range(10):
        writer.put("t", key, {"v": key})
        writer.put("u", key, {"v": -key})
        writer.flush()
    assert [row["v"] for _key, row in store.reader("t").scan()] == list(range(10))
    assert [row["v"] for _key, row in store.reader("u").scan()] == [-key for key in range(10)]
    writer.close()
