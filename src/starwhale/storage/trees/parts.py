"""Large files in parts: hashed, stored and laid out several at a time, and shared where only some change."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from starwhale.storage.blobs.store import Blobs

#: Bytes of a part; a multiple of the blocks of every file system, so that they can be shared.
PART = 64 << 20
#: Bytes from which on a file is stored in parts.
FROM = 256 << 20


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds.

    Attributes:
        digest: SHA-256 of its bytes; of the list of its parts, where it is stored so.
        parts: SHA-256 of each part; none where it is stored whole.
    """

    digest: str
    parts: tuple[str, ...] = ()

    @classmethod
    def of_parts(cls, parts: Sequence[str]) -> Content:
        """That of a file with these parts."""
        text = "\n".join(["starwhale.parts/1", *parts])
        return cls(hashlib.sha256(text.encode()).hexdigest(), tuple(parts))

    @property
    def blobs(self) -> tuple[str, ...]:
        """The blobs that hold it."""
        return self.parts or (self.digest,)

    def to_text(self) -> str:
        """One line; `from_text` reads it."""
        return " ".join([self.digest, *self.parts])

    @classmethod
    def from_text(cls, text: str) -> Content:
        """Read what `to_text` wrote."""
        digest, *parts = text.split(" ")
        return cls(digest, tuple(parts))


def ranges(size: int) -> list[tuple[int, int]]:
    """First byte and length of the parts of a file; none where it is stored whole."""
    if size < FROM:
        return []
    return [(start, min(PART, size - start)) for start in range(0, size, PART)]


def kept(blobs: Blobs, content: Content, size: int) -> bool:
    """Touch what a file is stored as; whether all of it is there."""
    if not content.parts:
        return blobs.keep(content.digest, size)
    sizes = [length for _, length in ranges(size)]
    return len(sizes) == len(content.parts) and all(map(blobs.keep, content.parts, sizes))
