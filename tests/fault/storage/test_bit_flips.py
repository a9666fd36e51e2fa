"""FAULTS 17: a bit of a stored blob is turned, and found whenever the blob is read."""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING

import pytest
from tests.contract.storage.s3 import S3Server, open_s3

from starwhale.core.errors import Corrupted
from starwhale.storage.blobs import Blobs
from starwhale.storage.objects import DirectoryObjects
from starwhale.storage.trees import TreeEntry, Trees

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.fault


def flipped(content: bytes, bit: int) -> bytes:
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def is_found(act: Callable[[], object]) -> bool:
    try:
        act()
    except Corrupted:
        return True
    return False


def test_a_thousand_flips_on_disk_are_found_on_read(tmp_path: Path) -> None:
    dice = random.Random(17)
    blobs = Blobs(DirectoryObjects(tmp_path / "store"))
    contents = {blobs.put(content): content for content in (dice.randbytes(2 ** (n % 17)) for n in range(60))}
    found = 0
    for number in range(1000):
        digest, content = dice.choice(list(contents.items()))
        key = f"blobs/{digest[:2]}/{digest[2:]}"
        path = blobs.local(digest)
        path.chmod(0o644)
        changed = flipped(content, dice.randrange(len(content) * 8))
        path.write_bytes(changed)
        assert blobs.objects.get(key) == changed, "the store itself does not look"
        entry = TreeEntry(path="f", mode=0o644, size=len(content), digest=digest)
        lay_out = partial(Trees(blobs).materialise, [entry], tmp_path / "copy")
        found += (
            is_found(partial(blobs.read, digest))
            and is_found(partial(blobs.verify, digest))
            and is_found(partial(blobs.local, digest, verify=True))
            and (number % 10 > 0 or is_found(lay_out))
        )
        path.write_bytes(content)
        assert blobs.read(digest) == content
    assert found == 1000
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize("flips", [60, pytest.param(1000, marks=pytest.mark.slow)])
def test_flips_in_an_object_store_are_found_on_read(s3_server: S3Server, tmp_path: Path, flips: int) -> None:
    dice = random.Random(17)
    blobs = Blobs(open_s3(s3_server.url, s3_server.bucket()), tmp_path / "cache")
    content = dice.randbytes(3000)
    digest = blobs.put(content)
    found = 0
    for _ in range(flips):
        changed = flipped(content, dice.randrange(len(content) * 8))
        blobs.objects.put(f"blobs/{digest[:2]}/{digest[2:]}", changed)
        found += is_found(lambda: blobs.read(digest)) and is_found(lambda: blobs.local(digest))
    assert found == flips
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []


def test_a_flip_in_a_local_copy_is_found_and_healed(s3_server: S3Server, tmp_path: Path) -> None:
    dice = random.Random(17)
    blobs = Blobs(open_s3(s3_server.url, s3_server.bucket()), tmp_path / "cache")
    content = dice.randbytes(3000)
    digest = blobs.put(content)
    for _ in range(30):
        path = blobs.local(digest)
        path.write_bytes(flipped(content, dice.randrange(len(content) * 8)))
        assert blobs.local(digest, verify=True).read_bytes() == content


def test_a_flip_is_healed_by_storing_the_content_again(tmp_path: Path) -> None:
    blobs = Blobs(DirectoryObjects(tmp_path))
    digest = blobs.put(b"content")
    path = blobs.local(digest)
    path.chmod(0o644)
    path.write_bytes(b"cOntent")
    assert blobs.discard_damaged(digest)
    assert blobs.read(blobs.put(b"content")) == b"content"
