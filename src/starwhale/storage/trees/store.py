"""Packages of files: read from a directory, kept as blobs, laid out again."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from starwhale.core.errors import Conflict, Corrupted
from starwhale.storage.blobs.store import Blobs
from starwhale.storage.objects.disk_errors import disk_errors, source_errors
from starwhale.storage.trees.digest_cache import DigestCache
from starwhale.storage.trees.entry import MODES, TreeEntry, check_entries
from starwhale.storage.trees.ignore import Ignore
from starwhale.storage.trees.parts import Content, kept, ranges
from starwhale.storage.trees.walk import FoundFile, walk

T = TypeVar("T")
R = TypeVar("R")


class Trees:
    """Trees of regular files over a store of blobs. Directories without files are not part of a tree.

    Args:
        blobs: Where the contents lie.
        digests: What is known of unchanged files; None to hash every file.
        threads: How many files at once; hashing lets other threads run.
    """

    def __init__(
        self, blobs: Blobs, digests: DigestCache | None = None, *, threads: int | None = None
    ) -> None:
        self._blobs = blobs
        self._digests = digests
        self._threads = threads or max(blobs.objects.concurrency, min(8, os.cpu_count() or 1))

    def pack(self, root: Path, ignore: Ignore | None = None) -> list[TreeEntry]:
        """Store the files of a directory and return them, sorted by path; each is read once at most.

        Args:
            root: The directory.
            ignore: What stays out; None for what its `.swignore` and the built-in patterns say.

        Raises:
            NotFound: there is no such directory.
            UsageError: a link or a special file cannot be in a package; the message names it.
            InvalidName: a name cannot be in a package.
            Conflict: a file was changed while it was read.
            StorageFull: there is no space for them.
        """
        rules = ignore if ignore is not None else Ignore.read(root)

        def one(file: FoundFile) -> TreeEntry:
            with source_errors(file.place):
                before = file.place.stat()
            text = self._digests.get(before) if self._digests is not None else None
            known = Content.from_text(text) if text is not None else None
            found = self._stored(file.place, before.st_size, known)
            with source_errors(file.place):
                after = file.place.stat()
            if _facts(before) != _facts(after):
                raise Conflict(f"{file.path!r} was changed while it was read", hint="try again")
            if known is None and self._digests is not None:
                self._digests.put(after, found.to_text())
            return TreeEntry(
                path=file.path,
                mode=after.st_mode & MODES,
                size=after.st_size,
                digest=found.digest,
                parts=found.parts,
            )

        entries = _in_parallel(one, list(walk(root, rules)), self._threads)
        return sorted(entries, key=lambda entry: entry.path)

    def materialise(self, entries: Iterable[TreeEntry], target: Path) -> None:
        """Lay the files out in a new directory, which appears when it is complete.

        Blocks are shared where the file system can do that, and copied otherwise; what is written to a file
        never reaches the store. The copy can be made again, so it is not synced.

        Args:
            entries: The files.
            target: Where to; nothing may be there, except an empty directory.

        Raises:
            InvalidName: a path leads out of the directory, or two files want one place. Nothing is written.
            Conflict: there is something already.
            NotFound: a blob is missing.
            Corrupted: a blob is damaged.
            StorageFull: there is no space for them.
        """
        checked = check_entries(entries)
        target = Path(os.path.abspath(target))  # noqa: PTH100  a link at the target is no directory to fill
        if target.is_symlink() or (target.exists() and (not target.is_dir() or any(target.iterdir()))):
            raise _occupied(target)
        rough = target.parent / f".{target.name[:100]}.{secrets.token_hex(8)}.tmp"
        with disk_errors(target.parent):
            rough.mkdir(parents=True)
            try:
                self._lay_out(checked, rough)
                _rename(rough, target)
            except BaseException:
                shutil.rmtree(rough, ignore_errors=True)
                raise

    def read_range(self, entry: TreeEntry, start: int, length: int) -> bytes:
        """Some bytes of a file, less where it ends sooner; not verified, for that takes all of it.

        Raises:
            NotFound: a blob is missing.
        """
        if not entry.parts:
            return self._blobs.read_range(entry.digest, start, length)
        pieces: list[bytes] = []
        for (first, size), part in zip(ranges(entry.size), entry.parts, strict=False):
            low, high = max(start, first), min(start + length, first + size)
            if low < high:
                pieces.append(self._blobs.read_range(part, low - first, high - low))
        return b"".join(pieces)

    def _lay_out(self, entries: Sequence[TreeEntry], rough: Path) -> None:
        for directory in sorted({(rough / entry.path).parent for entry in entries}):
            directory.mkdir(parents=True, exist_ok=True)

        def one(entry: TreeEntry) -> None:
            # The directory is new and ours alone; still nothing is followed or overwritten in it.
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            with disk_errors(rough.parent):
                try:
                    descriptor = os.open(rough / entry.path, flags, 0o600)
                except FileExistsError as exc:
                    raise Conflict(
                        f"{entry.path!r} and another file of the package have one name on this file system"
                    ) from exc
                try:
                    self._fill(entry, descriptor)
                    os.fchmod(descriptor, entry.mode & MODES)
                finally:
                    os.close(descriptor)

        _in_parallel(one, entries, self._threads)

    def _fill(self, entry: TreeEntry, descriptor: int) -> None:
        if not entry.parts:
            self._blobs.copy_to(entry.digest, descriptor)
            return
        places = [start for start, _ in ranges(entry.size)]

        def one(number: int) -> int:
            return self._blobs.copy_part(entry.parts[number], descriptor, places[number])

        if (
            len(places) != len(entry.parts)
            or sum(_in_parallel(one, range(len(places)), self._threads)) != entry.size
        ):
            raise Corrupted(f"the parts of {entry.path!r} do not make up the file")

    def _stored(self, place: Path, size: int, known: Content | None) -> Content:
        if known is not None and kept(self._blobs, known, size):
            return known
        parts = ranges(size)
        if not parts:
            return Content(self._blobs.put_file(place, digest=known.digest if known else None))
        return Content.of_parts(
            _in_parallel(lambda part: self._blobs.put_part(place, *part), parts, self._threads)
        )


def _in_parallel(act: Callable[[T], R], items: Sequence[T], threads: int) -> list[R]:
    """What `act` returns for each item, in their order; the first failure ends it."""
    if len(items) < 2 or threads == 1:
        return [act(item) for item in items]
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(threads)
    try:
        return list(pool.map(act, items))
    finally:
        pool.shutdown(cancel_futures=True)


def _facts(found: os.stat_result) -> tuple[int, ...]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_mode


def _rename(rough: Path, target: Path) -> None:
    try:
        rough.rename(target)
    except OSError as exc:
        if target.exists() or target.is_symlink():  # somebody was quicker
            raise _occupied(target) from exc
        raise


def _occupied(target: Path) -> Conflict:
    return Conflict(f"there is something at {target} already", hint="name another directory, or empty it")
