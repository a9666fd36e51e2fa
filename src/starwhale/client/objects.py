"""Blobs of a server as a store of objects, and blobs over it."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from typing import IO, TYPE_CHECKING

from starwhale.client.parcels import SMALL, Parcels
from starwhale.core.errors import Conflict, Unavailable, UsageError
from starwhale.kit.times import utc_now
from starwhale.storage.blobs.names import absent, damaged, digest_of, key_of
from starwhale.storage.blobs.partial import PartialBlob
from starwhale.storage.blobs.store import Blobs
from starwhale.storage.objects.draft_filling import open_regular
from starwhale.storage.objects.ports import Data, Gate, ObjectStat, Sweep
from starwhale.storage.objects.remote_draft import RemoteDraft

if TYPE_CHECKING:
    from starwhale.client.http import Http
    from starwhale.storage.blobs.cache import BlobCache

_PIECE = 1 << 20
_BYTES = "application/octet-stream"
#: Blobs up to this size are sent without asking first whether they are there.
_UNASKED = 64 << 10
#: Digests of one question to the server.
_PORTION = 5_000
_REMEMBERED = 20_000
#: Attempts at reading from a store that the server points to; it gives a new address for each.
_DETOURS = 4
_NOTHING = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE


class _OpenGate:
    """Implements `Gate` by nothing: the server keeps writers and its sweeper apart."""

    def keep(self, key: str, act: Callable[[], bool]) -> bool:
        return act()

    def sweeping(self, prefix: str) -> AbstractContextManager[Sweep]:
        raise _servers_own("collected")


class HttpObjects:
    """Implements `Objects` over the blobs of a server, as far as that lets whoever asks.

    Args:
        http: The connection.
        build: Number of the build for which bytes are sent; None where nothing is.
        parcels: Where small blobs wait for others; None where all are sent at once.
    """

    concurrency = 8

    def __init__(self, http: Http, build: int | None = None, parcels: Parcels | None = None) -> None:
        self.http = http
        self.build = build
        self.parcels = parcels
        self.gate: Gate = _OpenGate()

    def put(self, key: str, data: Data | Path) -> None:
        if isinstance(data, Path):
            with open(open_regular(data), "rb") as file:  # noqa: PTH123  a descriptor, not a path
                self._send(key, file, file.seek(0, 2))
            return
        view = memoryview(data).cast("B")
        self._put(key, len(view), lambda: _pieces_of(view))

    def draft(self) -> RemoteDraft:
        self._for()
        return RemoteDraft(self._send, Path(tempfile.gettempdir()))

    def get(self, key: str, start: int = 0, length: int = -1) -> bytes:
        if start < 0:
            raise UsageError(f"cannot read from {start} on")
        if length == 0:
            return b""
        waiting = self._waiting(key)
        if waiting is not None:
            return waiting[start : start + length if length > 0 else None]
        accept, part = {"Accept": _BYTES}, dict[str, str]()
        if start or length > 0:
            part["Range"] = f"bytes={start}-{start + length - 1 if length > 0 else ''}"
        for attempt in range(_DETOURS):
            answer = self.http.send("GET", _place(key), headers=accept | part, accepted={_NOTHING})
            if answer.status_code == _NOTHING:
                return b""
            if answer.status_code != HTTPStatus.TEMPORARY_REDIRECT:
                return answer.content
            try:
                return self.http.detours.read(answer.headers.get("location", ""), part)
            except Unavailable:
                if attempt == _DETOURS - 1:
                    raise
                time.sleep(0.2 * 2**attempt)
        raise AssertionError("unreachable")

    def stat(self, key: str) -> ObjectStat | None:
        waiting = self._waiting(key)
        if waiting is not None:
            return ObjectStat(key=key, size=len(waiting), modified=utc_now())
        answer = self.http.send("HEAD", _place(key), accepted={HTTPStatus.NOT_FOUND})
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return None
        # When it was written is nobody's business but the server's.
        with self.http.reading(answer):
            return ObjectStat(key=key, size=int(answer.headers["content-length"]), modified=utc_now())

    def list(self, prefix: str = "") -> Iterator[ObjectStat]:
        raise _servers_own("listed")

    def delete(self, key: str) -> None:
        raise _servers_own("deleted")

    def touch(self, key: str) -> None:
        raise _servers_own("touched")

    def path(self, key: str) -> Path | None:
        key_of(digest_of(key) or key)

    def tidy(self, older_than: datetime) -> int:
        raise _servers_own("tidied")

    def _send(self, key: str, file: IO[bytes], size: int) -> None:
        def pieces() -> Iterator[bytes]:
            file.seek(0)
            while piece := file.read(_PIECE):
                yield piece

        self._put(key, size, pieces)

    def _put(self, key: str, size: int, pieces: Callable[[], Iterator[bytes]]) -> None:
        digest = digest_of(key)
        if size <= SMALL and self.parcels is not None and digest is not None:
            self.parcels.add(self._for(), digest, b"".join(pieces()))
            return
        headers = {"Content-Type": _BYTES, "Content-Length": str(size)}
        path = f"/builds/{self._for()}/blobs/{digest}"
        self.http.send("PUT", path, headers=headers, content=pieces)

    def _waiting(self, key: str) -> bytes | None:
        digest = digest_of(key)
        return None if self.parcels is None or digest is None else self.parcels.find(digest)

    def _for(self) -> int:
        if self.build is None:
            raise UsageError("bytes are sent to a server for a build, and none is open")
        return self.build


class RemoteBlobs(Blobs):
    """The blobs of a server, with copies on this machine of what was read.

    Args:
        objects: The connection, bound to a build or not.
        cache: Directory for the copies.
        sizes: What is known of the sizes of blobs.
    """

    objects: HttpObjects

    def __init__(self, objects: HttpObjects, cache: Path | BlobCache, sizes: _Sizes | None = None) -> None:
        super().__init__(objects, cache)
        self._sizes = sizes or _Sizes()

    def within(self, build: int) -> RemoteBlobs:
        return RemoteBlobs(
            HttpObjects(self.objects.http, build, self.objects.parcels), self.copies, self._sizes
        )

    @property
    def copies(self) -> BlobCache:
        """What lies on this machine."""
        assert self._cache is not None
        return self._cache

    def put(self, data: Data) -> str:
        view = memoryview(data).cast("B")
        digest = hashlib.sha256(view).hexdigest()
        if len(view) <= _UNASKED or not self.keep(digest, len(view)):
            self.objects.put(key_of(digest), view)
        self._sizes.put(digest, len(view))
        return digest

    def send(self, digest: str, path: Path) -> bool:
        try:
            self.objects.put(key_of(digest), path)
        except Conflict as exc:  # the server has looked at the bytes
            raise damaged(digest) from exc
        return True

    def keep(self, digest: str, size: int | None = None) -> bool:
        if self.objects.build is None:
            return self._there(key_of(digest), size) is not None
        kept = not self.lacking([(digest, size)])
        if kept and size is not None:
            self._sizes.put(digest, size)
        return kept

    def lacking(self, blobs: Sequence[tuple[str, int | None]]) -> list[str]:
        build, found = self.objects.build, list[str]()
        if build is None:
            return super().lacking(blobs)
        for start in range(0, len(blobs), _PORTION):
            asked = [{"digest": digest, "size": size} for digest, size in blobs[start : start + _PORTION]]
            path = f"/builds/{build}/missing"
            found += self.objects.http.post(
                path, {"blobs": asked}, again=True, form=lambda told: list(told["missing"])
            )
        return found

    def read(self, digest: str) -> bytes:
        copy = self.copies.find(digest)
        if copy is not None:
            data = copy.read_bytes()
            if hashlib.sha256(data).hexdigest() == digest:
                return data
            self.copies.drop(digest)
        data = super().read(digest)
        self.copies.add(digest, data)
        return data

    def open(self, digest: str) -> Path | PartialBlob:
        copy = self.copies.find(digest)
        if copy is not None:
            return copy
        return PartialBlob(
            digest, self.size(digest), lambda at, length: self._get(digest, at, length), self.copies
        )

    def size(self, digest: str) -> int:
        known = self._sizes.get(digest)
        if known is None:
            found = self.objects.stat(key_of(digest))
            if found is None:
                raise absent(digest)
            known = found.size
            self._sizes.put(digest, known)
        return known


class _Sizes:
    """Sizes of blobs that were asked for or sent; of the last ones only."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, int] = OrderedDict()
        self._lock = Lock()

    def get(self, digest: str) -> int | None:
        return self._known.get(digest)

    def put(self, digest: str, size: int) -> None:
        with self._lock:
            self._known[digest] = size
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)


def _place(key: str) -> str:
    return f"/blobs/{digest_of(key)}"


def _pieces_of(view: memoryview) -> Generator[bytes]:
    for start in range(0, len(view), _PIECE):
        yield bytes(view[start : start + _PIECE])


def _servers_own(done: str) -> UsageError:
    return UsageError(f"the blobs of a server are {done} by itself, not from elsewhere")
