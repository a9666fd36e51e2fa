"""Blobs of which only parts are fetched: any reads give the right bytes, and each byte is fetched once."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from starwhale.core.errors import Corrupted
from starwhale.storage.blobs.cache import BlobCache
from starwhale.storage.blobs.partial import PartialBlob

SIZE = 100_000
DATA = random.Random(0).randbytes(SIZE)
DIGEST = hashlib.sha256(DATA).hexdigest()


class Far:
    """Where the bytes are; counts what is fetched."""

    def __init__(self, data: bytes = DATA) -> None:
        self.data = data
        self.fetched = 0
        self._lock = Lock()

    def __call__(self, at: int, length: int) -> bytes:
        with self._lock:
            piece = self.data[at : at + min(length, 7_000)]  # less than was asked for, as networks do
            self.fetched += len(piece)
        return piece


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE)), max_size=12))
def test_any_reads_give_the_right_bytes_and_fetch_each_once(reads: list[tuple[int, int]]) -> None:
    with TemporaryDirectory() as place:
        far, cache = Far(), BlobCache(Path(place))
        blob = PartialBlob(DIGEST, SIZE, far, cache)
        seen = bytearray(SIZE)
        for at, length in reads:
            assert blob.read(at, length) == DATA[at : at + length]
            seen[at : at + length] = b"\1" * len(DATA[at : at + length])
        assert far.fetched == sum(seen)
        found = cache.find(DIGEST)
        assert (found is not None) == (sum(seen) == SIZE)
        assert found is None or found.read_bytes() == DATA


def test_what_is_fetched_ahead_is_not_fetched_again(tmp_path: Path) -> None:
    far = Far()
    blob = PartialBlob(DIGEST, SIZE, far, BlobCache(tmp_path))
    for at in range(0, SIZE, 10_000):
        blob.ahead(at, SIZE)
        assert blob.read(at, 10_000) == DATA[at : at + 10_000]
    assert far.fetched == SIZE
    assert BlobCache(tmp_path).find(DIGEST) is not None


def test_other_bytes_are_found_when_it_is_whole_and_never_kept(tmp_path: Path) -> None:
    wrong = bytes([DATA[0] ^ 1]) + DATA[1:]
    cache = BlobCache(tmp_path)
    far = Far(wrong)
    blob = PartialBlob(DIGEST, SIZE, far, cache)
    with pytest.raises(Corrupted):
        blob.read(0, SIZE)
    assert cache.find(DIGEST) is None
    far.data = DATA
    assert blob.read(0, SIZE) == DATA
    assert cache.find(DIGEST) is not None


def test_nothing_is_left_of_a_blob_that_was_let_go(tmp_path: Path) -> None:
    blob = PartialBlob(DIGEST, SIZE, Far(), BlobCache(tmp_path))
    blob.read(0, 10)
    assert [path for path in tmp_path.rglob("*") if path.is_file()]
    del blob
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
