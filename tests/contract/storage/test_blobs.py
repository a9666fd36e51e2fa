"""What blobs do on every store."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from starwhale.core.errors import Conflict, Corrupted, InvalidName, NotFound, UsageError
from starwhale.storage.blobs import Blobs

if TYPE_CHECKING:
    from starwhale.storage.objects import Objects

MIB = 1 << 20
ABSENT = "ab" * 32


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def key_of(digest: str) -> str:
    return f"blobs/{digest[:2]}/{digest[2:]}"


def test_the_digest_is_the_sha256_and_the_key_fans_out(blobs: Blobs) -> None:
    digest = blobs.put(b"hello")
    assert digest == digest_of(b"hello")
    assert [found.key for found in blobs.objects.list()] == [key_of(digest)]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=2000))
def test_what_was_put_is_read(blobs: Blobs, data: bytes) -> None:
    digest = blobs.put(data)
    assert blobs.read(digest) == data
    assert blobs.size(digest) == len(data)
    assert blobs.exists(digest)
    assert blobs.local(digest).read_bytes() == data
    blobs.verify(digest)


def test_what_is_there_is_touched_and_not_written_again(blobs: Blobs) -> None:
    digest = blobs.put(b"hello")
    first = blobs.objects.stat(key_of(digest))
    local = blobs.objects.path(key_of(digest))
    inode = local.stat().st_ino if local is not None else 0
    time.sleep(1.1)
    assert blobs.put(b"hello") == digest
    second = blobs.objects.stat(key_of(digest))
    assert first is not None
    assert second is not None
    assert second.modified > first.modified
    assert local is None or local.stat().st_ino == inode


def test_a_truncated_blob_is_written_again(blobs: Blobs) -> None:
    digest = blobs.put(b"hello")
    blobs.objects.put(key_of(digest), b"hell")
    assert blobs.put(b"hello") == digest
    assert blobs.read(digest) == b"hello"


def test_a_file_is_stored_as_its_content(blobs: Blobs, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(os.urandom(3 * MIB + 7))
    digest = blobs.put_file(source)
    assert digest == digest_of(source.read_bytes())
    assert blobs.read(digest) == source.read_bytes()
    source.write_bytes(b"changed")
    blobs.verify(digest)


def test_a_file_with_another_digest_than_expected_conflicts(blobs: Blobs, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"hello")
    with pytest.raises(Conflict, match="changed"):
        blobs.put_file(source, digest=ABSENT)
    assert list(blobs.all()) == []
    assert blobs.put_file(source, digest=digest_of(b"hello")) == digest_of(b"hello")


def test_a_writer_hashes_what_it_writes(blobs: Blobs) -> None:
    with blobs.writer() as writer:
        assert writer.write(b"hello ") == 6
        writer.write(memoryview(b"world"))
        assert writer.size == 11
        digest = writer.commit()
        assert writer.commit() == digest
        with pytest.raises(UsageError, match="complete"):
            writer.write(b"!")
    assert digest == digest_of(b"hello world")
    assert blobs.read(digest) == b"hello world"


def test_a_writer_that_is_left_leaves_nothing(blobs: Blobs) -> None:
    with blobs.writer() as writer:
        writer.write(b"hello")
    assert list(blobs.all()) == []
    assert not blobs.exists(digest_of(b"hello"))


def test_writing_again_what_is_there_is_fine(blobs: Blobs) -> None:
    digest = blobs.put(b"hello")
    with blobs.writer() as writer:
        writer.write(b"hello")
        assert writer.commit() == digest
    assert [found.digest for found in blobs.all()] == [digest]


# In a process of its own, since the S3 server of the tests holds in memory what it is sent.
CHILD = """
import os, resource, sys
from pathlib import Path
from starwhale.storage.blobs import Blobs
from starwhale.storage.objects import open_objects
from tests.contract.storage.s3 import open_s3

kind, place, bucket, folder = sys.argv[1:]
blobs = Blobs(open_s3(place, bucket) if kind == "s3" else open_objects(place))
piece = os.urandom(1 << 20)
blobs.verify(blobs.put(piece))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with blobs.writer() as writer:
    for _ in range(192):
        writer.write(piece)
    digest = writer.commit()
blobs.verify(digest)
copy = Path(folder) / "copy"
with copy.open("w+b") as file:
    blobs.copy_to(digest, file.fileno())
blobs.put_file(copy)
assert copy.stat().st_size == 192 << 20
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_a_big_blob_is_written_and_read_in_constant_memory(
    store_kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    place, bucket = f"{tmp_path}/store", ""
    if store_kind == "s3":
        server = request.getfixturevalue("s3_server")
        place, bucket = server.url, server.bucket()
    done = subprocess.run(
        [sys.executable, "-c", CHILD, store_kind, place, bucket, tmp_path],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < (16 if store_kind == "directory" else 96), "MiB more for a blob of 192 MiB"


def test_ranges_are_cut_out(blobs: Blobs) -> None:
    digest = blobs.put(bytes(range(100)))
    assert blobs.read_range(digest, 10, 5) == bytes(range(10, 15))
    assert blobs.read_range(digest, 98, 10) == bytes(range(98, 100))
    blobs.local(digest)
    assert blobs.read_range(digest, 10, 5) == bytes(range(10, 15))


def test_what_is_not_there_is_said_so(blobs: Blobs, tmp_path: Path) -> None:
    assert not blobs.exists(ABSENT)
    assert not blobs.keep(ABSENT)
    with (tmp_path / "copy").open("w+b") as copy:
        for act in (
            lambda: blobs.read(ABSENT),
            lambda: blobs.read_range(ABSENT, 0, 1),
            lambda: blobs.local(ABSENT),
            lambda: blobs.local(ABSENT, verify=True),
            lambda: blobs.size(ABSENT),
            lambda: blobs.verify(ABSENT),
            lambda: blobs.copy_to(ABSENT, copy.fileno()),
        ):
            with pytest.raises(NotFound, match=f"no blob {ABSENT[:12]}"):
                act()


@pytest.mark.parametrize("text", ["", "ab", "../" * 20 + "etcd", "AB" * 32, "ab" * 32 + "\n", "zz" * 32])
def test_what_is_no_digest_is_refused(blobs: Blobs, text: str) -> None:
    for act in (blobs.read, blobs.exists, blobs.local, blobs.verify, blobs.size, blobs.keep):
        with pytest.raises(InvalidName, match="digest"):
            act(text)


def test_missing_names_those_that_are_not_there(blobs: Blobs) -> None:
    there = {blobs.put(bytes([number])) for number in range(20)}
    gone = {digest_of(bytes([number])) for number in range(20, 40)}
    assert blobs.missing(there | gone) == gone
    assert blobs.missing(there) == set()
    assert blobs.missing([ABSENT, ABSENT]) == {ABSENT}
    assert blobs.missing([]) == set()


def test_all_lists_digests_and_passes_over_the_rest(blobs: Blobs) -> None:
    digests = sorted(blobs.put(bytes([number])) for number in range(30))
    blobs.objects.put("blobs/readme", b"not a blob")
    blobs.objects.put("other/ab", b"not a blob")
    assert [found.digest for found in blobs.all()] == digests
    assert {found.size for found in blobs.all()} == {1}


def test_a_copy_is_verified(blobs: Blobs, tmp_path: Path) -> None:
    digest = blobs.put(b"hello")
    blobs.objects.put(key_of(digest), b"hallo")
    with (tmp_path / "copy").open("w+b") as copy, pytest.raises(Corrupted, match=digest[:12]):
        blobs.copy_to(digest, copy.fileno())


def test_damage_is_found_and_can_be_removed(blobs: Blobs) -> None:
    digest, sound = blobs.put(b"hello"), blobs.put(b"sound")
    blobs.objects.put(key_of(digest), b"hallo")
    with pytest.raises(Corrupted, match=digest[:12]):
        blobs.read(digest)
    with pytest.raises(Corrupted):
        blobs.verify(digest)
    with pytest.raises(Corrupted):
        blobs.local(digest, verify=True)
    assert blobs.discard_damaged(digest)
    assert not blobs.discard_damaged(sound)
    assert blobs.put(b"hello") == digest
    assert blobs.read(digest) == b"hello"
    assert blobs.read(sound) == b"sound"


def test_a_sweep_takes_the_old_that_nobody_needs(blobs: Blobs) -> None:
    needed, dead, other = blobs.put(b"needed"), blobs.put(b"dead"), blobs.put(b"other")
    assert blobs.sweep(lambda _: False, datetime.now(UTC) - timedelta(minutes=1)) == []
    removed = blobs.sweep(lambda digest: digest == needed, datetime.now(UTC) + timedelta(minutes=1))
    assert set(removed) == {dead, other}
    assert [found.digest for found in blobs.all()] == [needed]
    assert blobs.read(needed) == b"needed"


def test_a_sweep_leaves_what_is_no_blob(blobs: Blobs) -> None:
    blobs.objects.put("blobs/readme", b"x")
    blobs.objects.put("tables/x", b"x")
    assert blobs.sweep(lambda _: False, datetime.now(UTC) + timedelta(minutes=1)) == []
    assert [found.key for found in blobs.objects.list()] == ["blobs/readme", "tables/x"]


def test_a_sweep_needs_to_know_the_time_zone(blobs: Blobs) -> None:
    with pytest.raises(UsageError, match="time zone"):
        blobs.sweep(lambda _: False, datetime.now())  # noqa: DTZ005


@pytest.mark.parametrize("again", ["put", "keep", "writer"])
def test_what_is_put_again_while_a_sweep_decides_stays(blobs: Blobs, again: str) -> None:
    digest = blobs.put(b"hello")
    time.sleep(2.1)  # the times of object stores are coarse
    cut = datetime.now(UTC)
    kept = threading.Event()

    def put() -> None:
        if again == "put":
            blobs.put(b"hello")
        elif again == "keep":
            if not blobs.keep(digest):
                blobs.put(b"hello")
        else:
            with blobs.writer() as writer:
                writer.write(b"hello")
                writer.commit()
        kept.set()

    writer = threading.Thread(target=put)

    def live(_: str) -> bool:
        if not writer.is_alive() and not kept.is_set():
            writer.start()
        kept.wait(0.5)  # as far as it comes while the sweep is about to delete
        return False

    blobs.sweep(live, cut)
    writer.join()
    assert blobs.read(digest) == b"hello"


def test_many_threads_may_put_the_same(blobs: Blobs) -> None:
    contents = [os.urandom(2000) for _ in range(8)]
    failures: list[BaseException] = []

    def put() -> None:
        try:
            for content in contents:
                assert blobs.read(blobs.put(content)) == content
        except BaseException as exc:  # noqa: BLE001  reported below
            failures.append(exc)

    threads = [threading.Thread(target=put) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert {found.digest for found in blobs.all()} == {digest_of(content) for content in contents}


def test_remote_blobs_need_a_place_to_be_mapped_from(objects: Objects, store_kind: str) -> None:
    bare = Blobs(objects)
    digest = bare.put(b"hello")
    assert bare.read_range(digest, 1, 2) == b"el"
    if store_kind == "s3":
        with pytest.raises(UsageError, match="directory"):
            bare.local(digest)
    else:
        assert bare.local(digest).read_bytes() == b"hello"
