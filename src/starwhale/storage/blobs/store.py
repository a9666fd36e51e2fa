"""Content-addressed blobs: bytes that are named by their SHA-256, and never change."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from starwhale.core.errors import Conflict, Corrupted, NotFound
from starwhale.storage.blobs.names import key_of
from starwhale.storage.blobs.reading import BlobReader
from starwhale.storage.blobs.sweeping import BlobStat, all_blobs, sweep
from starwhale.storage.blobs.writer import BlobWriter
from starwhale.storage.objects.disk_errors import source_errors
from starwhale.storage.objects.ports import Data, Draft


class Blobs(BlobReader):
    """The blobs of a store of objects, read and written."""

    def within(self, build: int) -> Blobs:
        """The same blobs, for whoever writes for a build; a store that others keep asks which one.

        Args:
            build: Its number.
        """
        return self

    def put(self, data: Data) -> str:
        """Store `data` and return its digest. What is there already is touched, not written again.

        Durable when it returns, and no sweep that has decided before removes it.

        Raises:
            StorageFull: there is no space for it.
        """
        view = memoryview(data).cast("B")
        digest = hashlib.sha256(view).hexdigest()
        if not self.keep(digest, len(view)):
            with self.objects.draft() as draft:
                draft.write(view)
                self._settle(draft, digest)
        return digest

    def put_file(self, path: Path, *, digest: str | None = None) -> str:
        """Store what a file holds and return its digest, in constant memory.

        Args:
            path: A regular file, or a link to one.
            digest: What it should be, if that is known; a blob that is there is then touched, and the file
                not read.

        Raises:
            NotFound: there is no such file.
            UsageError: it is no regular file, or cannot be read.
            Conflict: the file does not have that digest.
            StorageFull: there is no space for it.
        """
        if digest is not None:
            with source_errors(path):
                size = path.stat().st_size
            if self.keep(digest, size):
                return digest
        with self.writer() as writer:
            writer.fill(path)
            if digest not in {None, writer.digest}:
                raise Conflict(f"{path} has changed while it was being stored", hint="try again")
            return writer.commit()

    def put_part(self, path: Path, start: int, length: int) -> str:
        """Store a part of a file and return its digest; raises as `put_file` does."""
        with self.writer() as writer:
            writer.fill(path, start, length)
            return writer.commit()

    def writer(self) -> BlobWriter:
        """Begin a blob that is written piece by piece."""
        return BlobWriter(self.objects.draft(), keep=self.keep, settle=self._settle)

    def keep(self, digest: str, size: int | None = None) -> bool:
        """Touch a blob, so that no sweep removes it for the length of the grace period.

        Args:
            digest: Of the blob.
            size: Its bytes, if they are known; a blob of another size is damaged, and not kept.

        Returns:
            False when it is not there.
        """
        key = key_of(digest)
        if self._there(key, size) is None:
            return False
        return self.objects.gate.keep(key, lambda: self._touched(key, size))

    def lacking(self, blobs: Sequence[tuple[str, int | None]]) -> list[str]:
        """Those of some blobs that are not there; the others are kept, see `keep`.

        Args:
            blobs: Digests, and sizes where they are known.
        """
        if self.objects.concurrency == 1 or len(blobs) < 2:
            return [digest for digest, size in blobs if not self.keep(digest, size)]
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(self.objects.concurrency) as pool:
            kept = pool.map(lambda each: self.keep(*each), blobs)
            return [digest for (digest, _), there in zip(blobs, kept, strict=True) if not there]

    def send(self, digest: str, path: Path) -> bool:
        """Store a file that should be a blob, where that needs no copy of it on this machine.

        Returns:
            False where it does: then it is to be written.

        Raises:
            Corrupted: it has other bytes.
        """
        return False

    def discard_damaged(self, digest: str) -> bool:
        """Remove a blob if it is damaged, so that storing the same content again writes it anew.

        Returns:
            Whether it was damaged.
        """
        try:
            self.verify(digest)
        except Corrupted:
            self.objects.delete(key_of(digest))
            return True
        return False

    def all(self) -> Iterator[BlobStat]:
        """All blobs, in the order of their digests."""
        return all_blobs(self.objects)

    def sweep(self, live: Callable[[str], bool], older_than: datetime) -> list[str]:
        """Remove the blobs that nobody needs, and what dead writers left.

        A blob whose `put` or `keep` returns after this has decided on it is never removed.

        Args:
            live: Whether a blob is needed; asked twice for each one that is removed.
            older_than: Only blobs neither written nor touched since; not later than the moment for which
                `live` answers, less the time that may pass from a put to its mention in the catalog.

        Returns:
            The digests that are gone.
        """
        return sweep(self.objects, live, older_than)

    def _settle(self, draft: Draft, digest: str) -> None:
        """Bring a complete draft to its place; another writer's in it has the same content."""
        key = key_of(digest)
        draft.seal()

        def act() -> bool:
            draft.commit(key)
            return True

        self.objects.gate.keep(key, act)

    def _touched(self, key: str, size: int | None) -> bool:
        if self._there(key, size) is None:
            return False
        try:
            self.objects.touch(key)
        except NotFound:
            return False
        return True
