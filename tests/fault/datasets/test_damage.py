"""Full disks, flipped bits and torn tails of what datasets and tables are stored in."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from starwhale import Evaluation, dataset
from starwhale.api.session import local
from starwhale.core.errors import Corrupted, StorageFull
from starwhale.instance.local import LocalInstance
from starwhale.storage.blobs import Blobs
from starwhale.storage.objects import DirectoryObjects
from starwhale.storage.rows.manifest import LayerStore, Manifest
from starwhale.storage.rows.snapshot import Snapshot
from starwhale.storage.rows.stage import Stage

pytestmark = pytest.mark.fault


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"cannot mount a small file system here: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_is_one_sentence_and_leaves_what_was_there(
    small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SW_LOCAL_STORAGE", str(small_disk))
    monkeypatch.setenv("SW_CLI_CONFIG", str(tmp_path / "config.yaml"))
    with dataset("safe") as ds:
        ds.append({"data": b"x" * 1000})
        version = ds.commit()
    ds = dataset("safe")

    def fill() -> None:
        for _ in range(60):
            ds.append({"data": os.urandom(500_000)})
        ds.commit()

    with pytest.raises(StorageFull) as full:
        fill()
    assert "\n" not in str(full.value)
    ds.close()
    assert dataset("safe").loading_version == version
    assert len(dataset("safe")) == 1
    # Bytes of the failed commit belong to nothing; once they are gone the same work succeeds.
    local().collection.run(local().actor, grace=timedelta(seconds=-2))
    again = dataset("safe")
    again.append({"data": os.urandom(500_000)})
    again.commit()
    assert len(dataset("safe")) == 2


def test_a_full_disk_while_logging_keeps_what_was_flushed(
    small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SW_LOCAL_STORAGE", str(small_disk))
    monkeypatch.setenv("SW_CLI_CONFIG", str(tmp_path / "config.yaml"))
    results = Evaluation("full")
    flushed: list[int] = []

    def fill() -> None:
        for number in range(200):
            for row in range(100):
                results.log("t", f"{number}-{row}", {"text": "y" * 3000})
            results.flush_all()
            flushed.append(number)

    with pytest.raises(StorageFull):
        fill()
    assert flushed
    found = list(Evaluation("full").scan("t"))
    assert len(found) == len(flushed) * 100


def flip(path: Path, place: int, bit: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1 << bit
    path.chmod(0o600)
    path.write_bytes(data)


def test_every_flipped_bit_of_a_layer_is_found_when_its_rows_are_read(tmp_path: Path) -> None:
    objects = DirectoryObjects(tmp_path / "objects")
    layers = LayerStore(Blobs(objects))
    stage = Stage(layers, Manifest())
    for number in range(300):
        stage.put(number, {"v": number, "t": f"row {number}", "b": os.urandom(50)})
    manifest, _digest = stage.finish(None)
    (ref,) = manifest.files
    path = layers.blobs.local(ref.blob)
    sound = path.read_bytes()
    before = list(Snapshot(layers, manifest).scan())
    chance = random.Random(17)
    for _ in range(1000):
        place = chance.randrange(len(sound))
        flip(path, place, chance.randrange(8))
        with pytest.raises(Corrupted):
            list(Snapshot(LayerStore(Blobs(objects)), manifest).scan())
        with pytest.raises(Corrupted):
            Blobs(objects).verify(ref.blob)
        path.write_bytes(sound)
    assert list(Snapshot(LayerStore(Blobs(objects)), manifest).scan()) == before


def test_a_catalog_with_a_torn_log_opens_and_keeps_what_was_acknowledged(
    store: LocalInstance, tmp_path: Path
) -> None:
    acknowledged: list[str] = []
    for number in range(5):
        with dataset("torn") as ds:
            ds.append({"v": number})
            acknowledged.append(ds.commit())
    root = store.settings.root
    log = root / "catalog.sqlite-wal"
    synced = log.read_bytes()
    chance = random.Random(3)
    for attempt in range(40):
        copy = tmp_path / f"copy-{attempt}"
        shutil.copytree(root, copy)
        torn = synced + chance.randbytes(chance.randrange(1, 5000))
        if attempt % 2:
            torn = synced + synced[32 : 32 + chance.randrange(1, len(synced) - 32)]
        (copy / "catalog.sqlite-wal").write_bytes(torn)
        (copy / "catalog.sqlite-shm").unlink(missing_ok=True)
        (copy / "objects" / "tmp-left-over").write_bytes(b"half")
        with LocalInstance(type(store.settings).at(copy)) as opened:
            history = opened.artifacts.history(opened.actor, dataset("torn")._existing())
            assert {version.version for version in history} == set(acknowledged)
            for version in history:
                assert len(opened.datasets.open(version)) == acknowledged.index(version.version) + 1
        shutil.rmtree(copy)
