"""Manifests of packages of files that somebody else has written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from starwhale.core.errors import Corrupted, InvalidName
from starwhale.storage.trees.entry import TreeEntry, check_entries
from starwhale.storage.trees.parts import FROM, PART

if TYPE_CHECKING:
    from starwhale.storage.blobs import Blobs

#: Bytes of a manifest, and values in it: so many that a million files have room.
LARGEST = 64 << 20
MOST_VALUES = 3_000_000


class ForeignTree:
    """Looks at packages of files that came over a network.

    Args:
        blobs: Where they were stored.
        read: Reads a manifest.
    """

    def __init__(self, blobs: Blobs, read: Callable[[bytes], tuple[TreeEntry, ...]]) -> None:
        self._blobs = blobs
        self._read = read

    def steps(self, digest: str) -> Iterator[set[str]]:
        """The blobs that a manifest needs; they must be the caller's before their sizes are looked at.

        Args:
            digest: The manifest, which is his to read.

        Raises:
            Corrupted: it is no manifest, or tells what is not so.
        """
        try:
            entries = check_entries(self._entries(digest))
        except InvalidName as exc:
            raise Corrupted(exc.message) from exc
        except (ValueError, TypeError, AttributeError, RecursionError) as exc:
            raise Corrupted(f"manifest {digest[:12]} is none: {type(exc).__name__}") from exc
        yield {digest, *(blob for each in entries for blob in each.blobs)}
        sizes: dict[str, int] = {}
        for each in entries:
            for blob in each.blobs:
                if blob not in sizes:
                    sizes[blob] = self._blobs.size(blob)
            self._check_sizes(each, sizes)

    def _entries(self, digest: str) -> tuple[TreeEntry, ...]:
        if self._blobs.size(digest) > LARGEST:
            raise Corrupted(f"manifest {digest[:12]} is too large")
        data = self._blobs.read(digest)
        if sum(data.count(mark) for mark in (b",", b"[", b"{")) > MOST_VALUES:
            raise Corrupted(f"manifest {digest[:12]} has too many values")
        return self._read(data)

    @staticmethod
    def _check_sizes(entry: TreeEntry, sizes: dict[str, int]) -> None:
        found = [sizes[blob] for blob in entry.blobs]
        whole = not entry.parts or (
            entry.size >= FROM
            and len(found) == -(-entry.size // PART)
            and all(size == PART for size in found[:-1])
        )
        if sum(found) != entry.size or not whole:
            raise Corrupted(f"{entry.path!r} does not have the {entry.size:,} bytes that it is said to have")
