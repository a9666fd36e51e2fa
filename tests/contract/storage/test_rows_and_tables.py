"""Datasets' rows and live tables give the same answers wherever their bytes lie."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from starwhale.core.types.image import Image
from starwhale.storage.blobs import Blobs
from starwhale.storage.layers.media import ROW_LIMIT
from starwhale.storage.rows.manifest import LayerStore, Manifest
from starwhale.storage.rows.snapshot import Snapshot
from starwhale.storage.rows.stage import Stage

if TYPE_CHECKING:
    from starwhale.storage.objects import Objects


@pytest.fixture
def another_machine(objects: Objects, tmp_path: Path) -> Callable[[str], LayerStore]:
    """The same store, with a cache of its own."""
    return lambda name: LayerStore(Blobs(objects, tmp_path / name))


def test_what_one_machine_commits_another_reads(another_machine: Callable[[str], LayerStore]) -> None:
    here, there = another_machine("here"), another_machine("there")
    stage = Stage(here, Manifest())
    for number in range(500):
        stage.put(number, {"value": number, "image": Image(bytes([number % 256]) * 100)})
    stage.put("large", {"image": Image(b"z" * (ROW_LIMIT + 1))})
    manifest, _change = stage.finish(None)
    digest = here.save(manifest)
    found = Snapshot(there, there.load(digest))
    assert len(found) == 501
    assert [row["value"] for _key, row in found.scan(0, 500)] == list(range(500))
    row = found.get("large")
    assert row is not None
    assert row["image"].to_bytes() == b"z" * (ROW_LIMIT + 1)


def test_a_patch_from_another_machine_goes_on_top(another_machine: Callable[[str], LayerStore]) -> None:
    here, there = another_machine("here"), another_machine("there")
    first = Stage(here, Manifest())
    for number in range(50):
        first.put(number, {"value": number, "kept": True})
    base = here.save(first.finish(None)[0])
    second = Stage(there, there.load(base))
    second.put(7, {"value": 700})
    second.delete(8)
    head = there.save(second.finish("parent")[0], base)
    seen = Snapshot(here, here.load(head))
    assert len(seen) == 49
    assert seen.get(7) == {"value": 700, "kept": True}
    assert seen.get(8) is None
    assert Snapshot(here, here.load(base)).get(8) == {"value": 8, "kept": True}


def test_every_blob_that_a_snapshot_needs_is_named(another_machine: Callable[[str], LayerStore]) -> None:
    here = another_machine("here")
    stage = Stage(here, Manifest())
    stage.put(
        0, {"nested": [{"image": Image(b"q" * (ROW_LIMIT + 5))}], "plain": Image(b"w" * (ROW_LIMIT + 5))}
    )
    digest = here.save(stage.finish(None)[0])
    named = set(here.references(digest))
    stored = {each.digest for each in here.blobs.all()}
    assert named == stored
    here.verify(digest)
