"""Copies that share their blocks, on a file system that can do that."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from starwhale.core.errors import Corrupted
from starwhale.kit.reflink import reflink
from starwhale.storage.blobs import Blobs
from starwhale.storage.objects import DirectoryObjects
from starwhale.storage.trees import Ignore, Trees, parts

pytestmark = pytest.mark.fault
MIB = 1 << 20
MAKERS = {"xfs": ["mkfs.xfs", "-q", "-m", "reflink=1"], "btrfs": ["mkfs.btrfs", "-q"]}


@pytest.fixture(params=list(MAKERS))
def sharing(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A fresh file system of such a kind, in a file."""
    maker = MAKERS[request.param]
    if shutil.which(maker[0]) is None:
        pytest.skip(f"there is no {maker[0]}")
    image, place = tmp_path / "image", tmp_path / "mounted"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(400 * MIB)
    for command in ([*maker, image], ["mount", "-o", "loop", image, place]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"cannot make and mount {request.param} here: {done.stderr.strip()[:200]}")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def used(place: Path) -> int:
    os.sync()
    found = os.statvfs(place)
    return (found.f_blocks - found.f_bfree) * found.f_frsize


@pytest.mark.parametrize("part", [64 * MIB, MIB])
def test_a_package_takes_no_space_twice_and_copies_are_apart(
    sharing: Path, part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In parts of 1 MiB, and whole."""
    monkeypatch.setattr(parts, "PART", part)
    monkeypatch.setattr(parts, "FROM", part)
    work = sharing / "work"
    work.mkdir()
    content = os.urandom(40 * MIB + 1234)
    (work / "weights").write_bytes(content)
    before = used(sharing)
    blobs = Blobs(DirectoryObjects(sharing / "store"))
    trees = Trees(blobs)
    entries = trees.pack(work)
    for number in range(3):
        trees.materialise(entries, sharing / f"copy-{number}")
    assert used(sharing) - before < 20 * MIB
    for number in range(3):
        assert trees.pack(sharing / f"copy-{number}", Ignore()) == entries
    with (sharing / "copy-0" / "weights").open("r+b") as file:
        file.write(b"OVERWRITTEN")
    with (work / "weights").open("r+b") as file:
        file.write(b"OVERWRITTEN")
    for digest in entries[0].blobs:
        blobs.verify(digest)
    assert (sharing / "copy-1" / "weights").read_bytes() == content


def test_a_shared_copy_is_verified_too(sharing: Path) -> None:
    blobs = Blobs(DirectoryObjects(sharing / "store"))
    (sharing / "work").mkdir()
    (sharing / "work" / "weights").write_bytes(os.urandom(MIB))
    entries = Trees(blobs).pack(sharing / "work")
    path = blobs.local(entries[0].digest)
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.write(b"?")
    with pytest.raises(Corrupted):
        Trees(blobs).materialise(entries, sharing / "copy")
    assert not (sharing / "copy").exists()


def test_where_blocks_cannot_be_shared_nothing_happens(tmp_path: Path) -> None:
    with (tmp_path / "source").open("w+b") as source, Path("/dev/null").open("wb") as target:
        source.write(b"x")
        source.flush()
        assert reflink(source.fileno(), target.fileno()) is False
