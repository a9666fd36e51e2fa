"""FAULTS 15: no space, no inodes, no writing at all."""

from __future__ import annotations

import errno
import os
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.contract.storage.s3 import S3Server, open_s3

from starwhale.core.errors import StorageFull, Unavailable
from starwhale.storage.blobs import Blobs
from starwhale.storage.objects import DirectoryObjects
from starwhale.storage.objects.disk_errors import translated
from starwhale.storage.trees import DigestCache, TreeEntry, Trees

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.fault
MIB = 1 << 20


def files_below(place: Path) -> list[Path]:
    return sorted(path for path in place.rglob("*") if path.is_file() and not path.name.startswith("."))


def ways(blobs: Blobs, source: Path) -> list[Callable[[bytes], object]]:
    """The ways in which content comes into a store."""

    def by_file(data: bytes) -> object:
        source.write_bytes(data)
        return blobs.put_file(source)

    def by_writer(data: bytes) -> object:
        with blobs.writer() as writer:
            for start in range(0, len(data), 100_000):
                writer.write(data[start : start + 100_000])
            return writer.commit()

    return [blobs.put, by_file, by_writer, lambda data: blobs.objects.put("some/key", data)]


@pytest.mark.parametrize("way", range(4))
def test_a_full_disk_is_one_clear_error_and_nothing_half(
    mounted: Callable[..., Path], tmp_path: Path, way: int
) -> None:
    place = mounted(size="32m")
    blobs = Blobs(DirectoryObjects(place / "store"))
    kept = [blobs.put(os.urandom(4 * MIB)) for _ in range(7)]
    put = ways(blobs, tmp_path / "source")[way]
    before = files_below(place)
    with pytest.raises(StorageFull, match="no space") as caught:
        put(os.urandom(8 * MIB))
    assert "swcli gc" in caught.value.hint
    assert files_below(place) == before
    for digest in kept:
        blobs.verify(digest)
    blobs.objects.delete(f"blobs/{kept[0][:2]}/{kept[0][2:]}")
    blobs.objects.delete(f"blobs/{kept[1][:2]}/{kept[1][2:]}")
    put(os.urandom(6 * MIB))
    for found in blobs.all():
        blobs.verify(found.digest)


def test_many_writers_on_a_full_disk_store_all_or_nothing(mounted: Callable[..., Path]) -> None:
    place = mounted(size="8m")
    blobs = Blobs(DirectoryObjects(place))
    stored: list[str] = []
    strange: list[BaseException] = []
    full = []

    def put() -> None:
        for _ in range(12):
            try:
                stored.append(blobs.put(os.urandom(300_000)))
            except StorageFull as exc:
                full.append(exc)
            except BaseException as exc:  # noqa: BLE001  reported below
                strange.append(exc)

    threads = [threading.Thread(target=put) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert strange == []
    assert full
    assert {found.digest for found in blobs.all()} == set(stored)
    for digest in stored:
        blobs.verify(digest)
    assert list((place / ".tmp").iterdir()) == []


def test_a_disk_without_inodes_is_one_clear_error_and_can_be_swept(mounted: Callable[..., Path]) -> None:
    place = mounted(size="8m", nr_inodes=60)
    blobs = Blobs(DirectoryObjects(place / "store"))
    stored: list[str] = []
    with pytest.raises(StorageFull, match="no space or no inodes"):
        stored.extend(blobs.put(number.to_bytes(4)) for number in range(100))
    there = {found.digest for found in blobs.all()}
    assert 10 < len(there) < 60
    for digest in there:
        blobs.verify(digest)
    needed = sorted(there)[:3]
    removed = blobs.sweep(lambda digest: digest in needed, datetime.now(UTC) + timedelta(minutes=1))
    assert set(removed) == there - set(needed)
    assert blobs.read(blobs.put(b"room again")) == b"room again"


def test_a_read_only_disk_is_one_clear_error_and_can_be_read(
    mounted: Callable[..., Path], tmp_path: Path
) -> None:
    place = mounted(size="8m")
    blobs = Blobs(DirectoryObjects(place / "store"))
    digest = blobs.put(b"hello")
    subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
    for put in ways(blobs, tmp_path / "source"):
        with pytest.raises(Unavailable, match="read-only"):
            put(b"other")
    for act in (
        lambda: blobs.put(b"hello"),
        lambda: blobs.objects.delete(f"blobs/{digest[:2]}/{digest[2:]}"),
        lambda: blobs.sweep(lambda _: False, datetime.now(UTC) + timedelta(minutes=1)),
    ):
        with pytest.raises(Unavailable, match="read-only"):
            act()
    assert blobs.read(digest) == b"hello"
    assert [found.digest for found in blobs.all()] == [digest]
    subprocess.run(["mount", "-o", "remount,rw", str(place)], check=True)
    assert blobs.read(blobs.put(b"other")) == b"other"


def test_laying_out_on_a_full_disk_leaves_nothing(mounted: Callable[..., Path], tmp_path: Path) -> None:
    place = mounted(size="8m")
    blobs = Blobs(DirectoryObjects(tmp_path / "store"))
    digest = blobs.put(os.urandom(3 * MIB))
    entries = [TreeEntry(path=f"d/{number}", mode=0o644, size=3 * MIB, digest=digest) for number in range(4)]
    with pytest.raises(StorageFull, match="no space"):
        Trees(blobs).materialise(entries, place / "target")
    assert list(place.iterdir()) == []
    Trees(blobs).materialise(entries[:2], place / "target")
    assert len(files_below(place / "target")) == 2


def test_a_full_cache_keeps_what_has_come_and_goes_on_later(
    mounted: Callable[..., Path], s3_server: S3Server
) -> None:
    place = mounted(size="16m")
    blobs = Blobs(open_s3(s3_server.url, s3_server.bucket()), place / "cache")
    data = os.urandom(12 * MIB)
    digest = blobs.put(data)
    (place / "ballast").write_bytes(bytes(6 * MIB))
    with pytest.raises(StorageFull, match="no space"):
        blobs.local(digest)
    (place / "ballast").unlink()
    assert blobs.local(digest).read_bytes() == data


def test_a_full_spool_is_one_clear_error(mounted: Callable[..., Path], s3_server: S3Server) -> None:
    place = mounted(size="4m")
    remote = open_s3(s3_server.url, s3_server.bucket(), spool=place)
    source = place.parent / "source"
    source.write_bytes(os.urandom(20 * MIB))
    with pytest.raises(StorageFull, match="no space"):
        Blobs(remote).put_file(source)
    assert list(remote.list()) == []
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("state", ["full", "read-only"])
def test_a_digest_cache_that_cannot_be_written_fails_nobody(
    mounted: Callable[..., Path], tmp_path: Path, state: str
) -> None:
    place = mounted(size="1m")
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "file").write_bytes(b"content")
    with DigestCache(place / "digests.sqlite") as digests:
        first = Trees(Blobs(DirectoryObjects(tmp_path / "store")), digests).pack(tmp_path / "work")
    if state == "full":
        with pytest.raises(OSError, match="No space"):
            (place / "ballast").write_bytes(bytes(2 * MIB))
    else:
        subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
    found = (tmp_path / "work" / "file").stat()
    with DigestCache(place / "digests.sqlite", clock=lambda: found.st_ctime_ns + 10**10) as digests:
        assert Trees(Blobs(DirectoryObjects(tmp_path / "store")), digests).pack(tmp_path / "work") == first


def test_a_used_up_quota_is_a_full_disk() -> None:
    error = translated(OSError(errno.EDQUOT, "Disk quota exceeded"), "/data")
    assert isinstance(error, StorageFull)
    assert "quota" in str(error)


def test_a_broken_disk_is_unavailable() -> None:
    assert isinstance(translated(OSError(errno.EIO, "Input/output error"), "/data"), Unavailable)
