"""The files of a backup while they are written: each with its digest, and the manifest last."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from starwhale.core.errors import UsageError
from starwhale.kit.files import fsync_dir, fsync_file

MANIFEST = "manifest.json"
_CHUNK = 1 << 20


class Sink:
    """Where a backup is written: a directory, which becomes a tar in the end where that is wanted."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: dict[str, dict[str, Any]] = {}

    def take(self, name: str, pieces: Iterable[bytes]) -> str:
        """Write a file, and return its digest."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        with path.open("xb") as target:
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                target.write(piece)
            target.flush()
            fsync_file(target.fileno())
        self.files[name] = {"sha256": digest.hexdigest(), "size": size}
        return digest.hexdigest()

    def adopt(self, name: str) -> None:
        """Count a file that was written there by somebody else."""
        digest, size = digest_of(self.root / name)
        self.files[name] = {"sha256": digest, "size": size}

    def finish(self, about: Mapping[str, Any]) -> None:
        """Write the manifest: the backup is whole."""
        for folder in sorted({(self.root / name).parent for name in self.files}):
            fsync_dir(folder)
        text = json.dumps({**about, "files": self.files}, indent=1, sort_keys=True)
        with (self.root / MANIFEST).open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            fsync_file(file.fileno())
        fsync_dir(self.root)


def pieces_of(path: Path) -> Iterator[bytes]:
    """The bytes of a file.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            while piece := file.read(_CHUNK):
                yield piece
    except OSError as exc:
        raise UsageError(f"{str(path)!r} cannot be read: {exc.strerror}") from exc


def digest_of(path: Path) -> tuple[str, int]:
    """SHA-256 and size of a file.

    Raises:
        UsageError: it cannot be read.
    """
    digest, size = hashlib.sha256(), 0
    for piece in pieces_of(path):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size
