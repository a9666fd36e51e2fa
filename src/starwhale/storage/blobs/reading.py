"""Blobs as they are read: in memory, in parts, as files, copied."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from starwhale.core.errors import NotFound, UsageError
from starwhale.storage.blobs.cache import CHUNK, BlobCache
from starwhale.storage.blobs.files import (
    cloned,
    digest_of_file,
    digest_of_part,
    digest_of_path,
    write_all,
    write_at,
)
from starwhale.storage.blobs.names import absent, damaged, key_of
from starwhale.storage.blobs.partial import PartialBlob
from starwhale.storage.objects.disk_errors import disk_errors
from starwhale.storage.objects.ports import Objects, ObjectStat

# How often remote bytes are read that turn out wrong: a network may have changed them only this once.
_READS = 3


class BlobReader:
    """The blobs of a store of objects, each at ``blobs/ab/cdef...``.

    Args:
        objects: The store.
        cache: Directory for copies of remote blobs; not needed where the store is a directory.
    """

    def __init__(self, objects: Objects, cache: Path | BlobCache | None = None) -> None:
        self.objects = objects
        self._cache = BlobCache(cache) if isinstance(cache, Path) else cache

    def size(self, digest: str) -> int:
        """Bytes of a blob.

        Raises:
            NotFound: there is no such blob.
        """
        found = self._there(key_of(digest), None)
        if found is None:
            raise absent(digest)
        return found.size

    def exists(self, digest: str) -> bool:
        """Whether a blob is there."""
        return self._there(key_of(digest), None) is not None

    def missing(self, digests: Iterable[str]) -> set[str]:
        """Those of `digests` that are not there."""
        wanted = set(digests)
        if self.objects.concurrency == 1 or len(wanted) < 2:
            return {digest for digest in wanted if not self.exists(digest)}
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(self.objects.concurrency) as pool:
            answers = zip(wanted, pool.map(self.exists, wanted), strict=True)
            return {digest for digest, there in answers if not there}

    def open(self, digest: str) -> Path | PartialBlob:
        """A blob of which only parts may be read: a file to be mapped, or whoever fetches the parts.

        Raises:
            NotFound: there is no such blob.
        """
        return self.local(digest)

    def pieces(self, digest: str) -> Iterator[bytes]:
        """A blob piece by piece; not verified.

        Raises:
            NotFound: there is no such blob.
        """
        size, start = self.size(digest), 0
        while start < size:
            piece = self.read_range(digest, start, CHUNK)
            if not piece:
                return
            yield piece
            start += len(piece)

    def read(self, digest: str) -> bytes:
        """All bytes of a blob, verified.

        Raises:
            NotFound: there is no such blob.
            Corrupted: the store has other bytes.
        """
        for _ in self._attempts(digest):
            data = self._get(digest, 0, -1)
            if hashlib.sha256(data).hexdigest() == digest:
                return data
        raise damaged(digest)

    def read_range(self, digest: str, start: int, length: int) -> bytes:
        """Some bytes of a blob, less where it ends sooner; not verified, for that takes all of it.

        Raises:
            NotFound: there is no such blob.
        """
        key_of(digest)
        cached = self._cache.find(digest) if self._cache is not None else None
        if cached is None:
            return self._get(digest, start, length)
        with cached.open("rb") as file:
            file.seek(start)
            return file.read(length)

    def local(self, digest: str, *, verify: bool = False) -> Path:
        """A file with the content of a blob, to be mapped and only read.

        A remote blob is fetched and verified on the way; one that lies here is handed out as it is.

        Args:
            digest: Of the blob.
            verify: Read all of it first, and find damage.

        Raises:
            NotFound: there is no such blob.
            Corrupted: it has other bytes.
        """
        path = self.objects.path(key_of(digest))
        if path is not None:
            if verify:
                self.verify(digest)
            elif not path.is_file():
                raise absent(digest)
            return path
        if self._cache is None:
            raise UsageError("remote blobs cannot be mapped without a directory for their copies")
        found = self._cache.find(digest)
        if found is not None and verify and digest_of_path(found) != digest:
            self._cache.drop(digest)
            found = None
        return found or self._fetch(self._cache, digest)

    def copy_to(self, digest: str, target: int) -> None:
        """Fill an open, empty file with a blob, verified, sharing blocks where that can be done.

        Raises:
            NotFound: there is no such blob.
            Corrupted: it has other bytes; some of them may be in the file.
        """
        path = self.objects.path(key_of(digest))
        if path is None and self._cache is not None:
            path = self.local(digest)
        if path is not None and cloned(path, target):
            if digest_of_file(target) != digest:
                raise damaged(digest)
            return
        for _ in self._attempts(digest):
            with disk_errors("the copy of a blob"):
                os.ftruncate(target, 0)
                os.lseek(target, 0, os.SEEK_SET)
            if self._streamed(digest, lambda piece: write_all(target, piece)) == digest:
                return
        raise damaged(digest)

    def copy_part(self, digest: str, target: int, at: int) -> int:
        """Put a blob into an open file at a place, verified, sharing blocks where that can be done.

        Returns:
            How many bytes it has.

        Raises:
            NotFound: there is no such blob.
            Corrupted: it has other bytes; some of them may be in the file.
        """
        path = self.objects.path(key_of(digest))
        if path is None and self._cache is not None:
            path = self.local(digest)
        size = self.size(digest)
        if path is not None and cloned(path, target, at=at, length=size):
            if digest_of_part(target, at, size) != digest:
                raise damaged(digest)
            return size
        for _ in self._attempts(digest):
            place = [at]

            def put(piece: bytes, place: list[int] = place) -> None:
                write_at(target, piece, place[0])
                place[0] += len(piece)

            if self._streamed(digest, put) == digest:
                return size
        raise damaged(digest)

    def verify(self, digest: str) -> None:
        """Read a blob as it lies in the store and compare.

        Raises:
            NotFound: there is no such blob.
            Corrupted: it has other bytes.
        """
        for _ in self._attempts(digest):
            if self._streamed(digest) == digest:
                return
        raise damaged(digest)

    def _there(self, key: str, size: int | None) -> ObjectStat | None:
        found = self.objects.stat(key)
        return found if found is not None and size in {None, found.size} else None

    def _get(self, digest: str, start: int, length: int) -> bytes:
        try:
            return self.objects.get(key_of(digest), start, length)
        except NotFound as exc:
            raise absent(digest) from exc

    def _attempts(self, digest: str) -> range:
        return range(1 if self.objects.path(key_of(digest)) is not None else _READS)

    def _streamed(self, digest: str, see: Callable[[bytes], object] | None = None) -> str:
        """Read a blob piece by piece; the digest of what was read."""
        hasher, size, start = hashlib.sha256(), self.size(digest), 0
        while start < size:
            piece = self._get(digest, start, CHUNK)
            if not piece:
                break
            hasher.update(piece)
            if see is not None:
                see(piece)
            start += len(piece)
        return hasher.hexdigest()

    def _fetch(self, cache: BlobCache, digest: str) -> Path:
        def read(start: int, length: int) -> bytes:
            return self._get(digest, start, length)

        for _ in self._attempts(digest):
            path = cache.fetch(digest, self.size(digest), read)
            if path is not None:
                return path
        raise damaged(digest)
