"""Snapshots against a dict of dicts: whatever is put, deleted, committed, reverted, compacted or reopened."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule
from tests.unit.storage.values import keys, leaves

from starwhale.core.errors import Conflict
from starwhale.storage.blobs import Blobs
from starwhale.storage.objects import DirectoryObjects
from starwhale.storage.rows.manifest import LayerStore, Manifest
from starwhale.storage.rows.snapshot import Snapshot
from starwhale.storage.rows.stage import Stage

Model = dict[Any, dict[str, Any]]
columns = st.sampled_from(["a", "b", "$key", "has space", "d.e"])
rows = st.dictionaries(columns, leaves, max_size=3)


def in_order(model: Model) -> list[tuple[Any, dict[str, Any]]]:
    return sorted(model.items(), key=lambda item: (isinstance(item[0], str), item[0]))


def assert_same(snapshot: Snapshot, model: Model) -> None:
    expected = in_order(model)
    assert list(snapshot.scan()) == expected
    assert list(snapshot.keys()) == [key for key, _ in expected]
    assert len(snapshot) == len(expected)
    for key, row in expected:
        assert snapshot.get(key) == row
    assert snapshot.get(10**6) is None
    assert snapshot.get("nothing") is None


class RowsMachine(RuleBasedStateMachine):
    """Drives one stage over versions, with other stages that commit in between."""

    versions: Bundle[tuple[str, Model]] = Bundle("versions")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = self.open_store()
        self.head = self.store.save(Manifest())
        self.committed: Model = {}
        self.model: Model = {}
        self.begin()

    def begin(self) -> None:
        self.stage = Stage(self.store, self.store.load(self.head))
        self.touched: set[Any] = set()

    def rebase(self) -> Conflict | None:
        try:
            self.stage.rebase(self.store.load(self.head))
        except Conflict as conflict:
            return conflict
        return None

    def open_store(self) -> LayerStore:
        return LayerStore(Blobs(DirectoryObjects(Path(self.folder.name))))

    def teardown(self) -> None:
        self.folder.cleanup()

    @initialize(target=versions)
    def the_empty_version(self) -> tuple[str, Model]:
        return self.head, {}

    @rule(key=keys, row=rows)
    def put(self, key: Any, row: dict[str, Any]) -> None:
        self.stage.put(key, row)
        self.touched.add(key)
        self.model[key] = {**self.model.get(key, {}), **row}

    @rule(key=keys, row=rows)
    def replace(self, key: Any, row: dict[str, Any]) -> None:
        self.stage.put(key, row, replace=True)
        self.touched.add(key)
        self.model[key] = dict(row)

    @rule(row=rows)
    def append(self, row: dict[str, Any]) -> None:
        key = self.stage.next_index
        assert key not in self.model
        self.put(key, row)

    @rule(key=keys)
    def delete(self, key: Any) -> None:
        self.stage.delete(key)
        self.touched.add(key)
        self.model.pop(key, None)

    @rule(key=keys)
    def read_before_commit(self, key: Any) -> None:
        assert self.stage.get(key) == self.model.get(key)

    @rule()
    def flush(self) -> None:
        self.stage.flush()

    @rule()
    def read_all_before_commit(self) -> None:
        assert_same(self.stage.snapshot(), self.model)

    @rule(target=versions)
    def commit(self) -> tuple[str, Model]:
        manifest, digest = self.stage.finish("parent")
        if digest is None:
            assert self.model == self.committed
        else:
            self.head = self.store.save(manifest, self.head)
        self.committed = {key: dict(row) for key, row in self.model.items()}
        assert_same(Snapshot(self.store, self.store.load(self.head)), self.committed)
        self.begin()
        return self.head, self.committed

    @rule(version=versions)
    def an_old_version_never_changes(self, version: tuple[str, Model]) -> None:
        digest, model = version
        assert_same(Snapshot(self.store, self.store.load(digest)), model)

    @rule(version=consumes(versions))
    def revert(self, version: tuple[str, Model]) -> None:
        self.head, model = version
        self.committed = model
        self.model = {key: dict(row) for key, row in model.items()}
        self.begin()

    @rule(content=st.dictionaries(keys, rows, max_size=5))
    def overwrite(self, content: Model) -> None:
        stage = Stage(self.store, self.store.load(self.head), overwrite=True)
        for key, row in content.items():
            stage.put(key, row, replace=True)
        manifest, digest = stage.finish("parent")
        assert (digest is None) == (content == self.committed)
        self.head = self.store.save(manifest, self.head)
        self.committed = {key: dict(row) for key, row in content.items()}
        self.model = {key: dict(row) for key, row in content.items()}
        self.begin()

    @rule(key=keys, row=rows)
    def somebody_else_commits_first(self, key: Any, row: dict[str, Any]) -> None:
        other = Stage(self.store, self.store.load(self.head))
        other.put(key, row)
        manifest, digest = other.finish("parent")
        if digest is None:
            return
        theirs = {**self.committed, key: {**self.committed.get(key, {}), **row}}
        self.head = self.store.save(manifest, self.head)
        unchanged = self.model.get(key) == self.committed.get(key)
        # A row that was changed and changed back is a conflict too where both changes are in files.
        assert unchanged or self.stage.pending
        conflict = self.rebase()
        if conflict is None:
            assert unchanged, "the other's change was lost"
            self.model[key] = dict(theirs[key])
        else:
            assert repr(key) in str(conflict)
            assert not unchanged or key in self.touched
            self.model = {each: dict(values) for each, values in theirs.items()}
            self.begin()
        self.committed = theirs

    @rule()
    def reopen(self) -> None:
        self.stage.flush()
        self.store = self.open_store()
        self.model = {key: dict(row) for key, row in self.committed.items()}
        self.begin()

    @rule(size=st.integers(1, 4), head=st.integers(0, 6))
    def ranges_share_the_rows_without_overlap_or_gap(self, size: int, head: int) -> None:
        snapshot = Snapshot(self.store, self.store.load(self.head))
        expected = in_order(self.committed)[: head or None]
        ranges = snapshot.split(size, head)
        found = [list(snapshot.scan(each.start, each.end)) for each in ranges]
        assert [row for part in found for row in part] == expected
        assert [len(part) for part in found] == [each.rows for each in ranges]

    @rule(start=keys, end=keys)
    def a_scan_between_two_keys_sees_what_lies_between(self, start: Any, end: Any) -> None:
        snapshot = Snapshot(self.store, self.store.load(self.head))
        order = lambda key: (isinstance(key, str), key)  # noqa: E731
        between = [
            (key, row) for key, row in in_order(self.committed) if order(start) <= order(key) < order(end)
        ]
        assert list(snapshot.scan(start, end)) == between

    @invariant()
    def every_blob_of_the_head_is_there(self) -> None:
        assert not self.store.blobs.missing(list(self.store.references(self.head)))


TestRows = RowsMachine.TestCase
TestRows.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
