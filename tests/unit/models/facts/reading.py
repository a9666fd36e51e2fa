"""Facts of bytes as if they were a file of a package, with a look at how much was read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from starwhale.models.facts.tree import facts_of_file
from starwhale.models.facts.values import FileFacts

FILES = Path(__file__).parent / "files"


@dataclass
class Counting:
    """A file that remembers how many bytes were asked of it."""

    data: bytes
    read: int = 0

    def __call__(self, start: int, length: int) -> bytes:
        assert start >= 0
        assert length >= 0
        self.read += length
        return self.data[start : start + length]


def look(path: str, data: bytes) -> FileFacts | None:
    return facts_of_file(path, len(data), Counting(data))


def facts(path: str, data: bytes) -> FileFacts:
    found = look(path, data)
    assert found is not None
    return found


def stored(name: str) -> FileFacts:
    """Facts of a file that the framework itself has written."""
    return facts(name, (FILES / name).read_bytes())
