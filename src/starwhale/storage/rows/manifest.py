"""What a snapshot consists of: its layer files, its columns, its count of rows.

A manifest is a blob of JSON. So that a dataset of thousands of versions does not repeat its list of
files in each of them, a manifest names a checkpoint (a blob with a list of files), how many files
of it still hold, and the files after them; a new checkpoint is written when that tail grows long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import orjson

from starwhale.core.errors import Corrupted
from starwhale.storage.blobs import Blobs
from starwhale.storage.layers.format import Key
from starwhale.storage.layers.media import Source
from starwhale.storage.layers.tags import Tag, from_json, to_json

if TYPE_CHECKING:
    from starwhale.storage.layers.file import LayerFile

FORMAT = 1
TAIL_FILES = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRef:
    """One layer file as a manifest names it.

    Attributes:
        blob: Digest of the file.
        layer: Age; a higher layer hides the cells of a lower one. Files of one layer are disjoint.
        rows: Number of rows, deletions included.
        size: Bytes.
        first: Lowest key.
        last: Highest key.
        ops: Whether some row is not a plain upsert.
        refs: Number of blobs that its cells refer to.
        apart: Bytes of those blobs.
    """

    blob: str
    layer: int
    rows: int
    size: int
    first: Key
    last: Key
    ops: bool = False
    refs: int = 0
    apart: int = 0

    def to_json(self) -> list[Any]:
        """Compact form."""
        told = [self.blob, self.layer, self.rows, self.size, self.first, self.last, int(self.ops), self.refs]
        return [*told, self.apart] if self.apart else told

    @classmethod
    def from_json(cls, stored: list[Any]) -> FileRef:
        """Read back what `to_json` gave."""
        blob, layer, rows, size, first, last, ops, refs, *apart = stored
        return cls(
            blob=blob,
            layer=layer,
            rows=rows,
            size=size,
            first=first,
            last=last,
            ops=bool(ops),
            refs=refs,
            apart=apart[0] if apart else 0,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One snapshot.

    Attributes:
        files: Layer files, oldest layer first.
        count: Rows that a reader sees.
        next_index: Lowest int key never used so far, for appending.
        columns: Feature name to type.
        info: The user's own description of the dataset.
    """

    files: tuple[FileRef, ...] = ()
    count: int = 0
    next_index: int = 0
    columns: dict[str, Tag] = field(default_factory=dict[str, Tag])
    info: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def size(self) -> int:
        """Bytes of all layer files."""
        return sum(ref.size for ref in self.files)

    @property
    def total(self) -> int:
        """Bytes of all layer files and of the media that lie outside them."""
        return sum(ref.size + ref.apart for ref in self.files)


class BlobSource:
    """Media bytes in a blob, read by range."""

    __slots__ = ("_blobs", "_digest", "_size")

    def __init__(self, blobs: Blobs, digest: str, size: int) -> None:
        self._blobs = blobs
        self._digest = digest
        self._size = size

    @property
    def size(self) -> int:
        """Length in bytes."""
        return self._size

    def read(self, offset: int = 0, length: int = -1) -> bytes:
        """The bytes from `offset`; a whole read is verified against the digest."""
        if offset == 0 and (length < 0 or length >= self._size):
            return self._blobs.read(self._digest)
        wanted = self._size - offset if length < 0 else min(length, self._size - offset)
        return self._blobs.read_range(self._digest, offset, max(0, wanted))


class LayerStore:
    """Reads and writes layer files and manifests as blobs.

    Args:
        blobs: Where they lie.
    """

    def __init__(self, blobs: Blobs) -> None:
        self.blobs = blobs
        self.open = lru_cache(maxsize=256)(self._open)
        self._checkpoint_files = lru_cache(maxsize=32)(self._read_checkpoint)

    def within(self, build: int) -> LayerStore:
        """The same for whoever writes for a build; see `Blobs.within`."""
        blobs = self.blobs.within(build)
        return self if blobs is self.blobs else LayerStore(blobs)

    def source(self, digest: str, size: int) -> Source:
        """Media bytes that lie outside their row."""
        return BlobSource(self.blobs, digest, size)

    def bytes_of(self, digests: Iterable[str]) -> int:
        """Bytes of some blobs."""
        return sum(self.blobs.size(digest) for digest in digests)

    def _open(self, digest: str) -> LayerFile:
        # Here, since whoever only writes tables needs nothing of Arrow.
        from starwhale.storage.layers.file import LayerFile

        return LayerFile(self.blobs.open(digest), digest, self.source)

    def _read_checkpoint(self, digest: str) -> tuple[FileRef, ...]:
        return tuple(FileRef.from_json(entry) for entry in self._json(digest)["files"])

    def _json(self, digest: str) -> dict[str, Any]:
        stored = cast("dict[str, Any]", orjson.loads(self.blobs.read(digest)))
        if stored.get("format") != FORMAT:
            raise Corrupted(
                f"manifest {digest[:12]} has format {stored.get('format')}, this version reads {FORMAT}",
                hint="upgrade starwhale",
            )
        return stored

    def load(self, digest: str) -> Manifest:
        """Read a manifest.

        Raises:
            NotFound: no such blob.
            Corrupted: it is not what was written.
        """
        stored = self._json(digest)
        tail = tuple(FileRef.from_json(entry) for entry in stored["files"])
        base = stored["base"]
        kept = self._checkpoint_files(base)[: stored["keep"]] if base else ()
        return Manifest(
            files=kept + tail,
            count=stored["count"],
            next_index=stored["next"],
            columns={name: from_json(tag) for name, tag in stored["columns"]},
            info=stored["info"],
        )

    def save(self, manifest: Manifest, previous: str | None = None) -> str:
        """Write a manifest durably and return its digest.

        Args:
            manifest: What to write.
            previous: Digest of the manifest it grew from, whose checkpoint may serve again.
        """
        base, keep = self._reuse(manifest, previous)
        if len(manifest.files) - keep > TAIL_FILES:
            files = [ref.to_json() for ref in manifest.files]
            base = self.blobs.put(orjson.dumps({"format": FORMAT, "files": files}))
            keep = len(manifest.files)
        stored = {
            "format": FORMAT,
            "base": base if keep else None,
            "keep": keep,
            "files": [ref.to_json() for ref in manifest.files[keep:]],
            "count": manifest.count,
            "next": manifest.next_index,
            "columns": [[name, to_json(tag)] for name, tag in manifest.columns.items()],
            "info": manifest.info,
        }
        return self.blobs.put(orjson.dumps(stored))

    def _reuse(self, manifest: Manifest, previous: str | None) -> tuple[str | None, int]:
        base = self._json(previous)["base"] if previous else None
        if base is None:
            return None, 0
        keep = 0
        for ours, theirs in zip(manifest.files, self._checkpoint_files(base), strict=False):
            if ours != theirs:
                break
            keep += 1
        return base, keep

    def references(self, digest: str) -> Iterator[str]:
        """Every blob that a manifest needs, itself first: for copying and for garbage collection."""
        yield digest
        base = self._json(digest)["base"]
        if base:
            yield base
        for ref in self.load(digest).files:
            yield ref.blob
            if ref.refs:
                yield from self.open(ref.blob).refs

    def verify(self, digest: str) -> None:
        """Hash again every blob that the manifest needs.

        Raises:
            Corrupted: naming the first that is not what was written.
        """
        for blob in self.references(digest):
            self.blobs.verify(blob)
