"""One file of a package, and which paths it may have."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from starwhale.core.errors import InvalidName
from starwhale.storage.blobs.names import key_of

LONGEST_PATH = 4096
LONGEST_NAME = 255
MODES = 0o777
# Control characters, and the backslash, which elsewhere divides directories.
_STRANGE = re.compile(r"[\x00-\x1f\x7f\\]")
_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class TreeEntry:
    """A regular file of a tree.

    Args:
        path: From the root of the tree, divided by ``/``.
        mode: Its permissions, 0 to 0o777.
        size: Bytes.
        digest: SHA-256 of its content, 64 hexadecimal digits; of the list of its parts where it has some.
        parts: Blobs that make up a large file, in their order; none where it is a blob of its own.
    """

    path: str
    mode: int
    size: int
    digest: str
    parts: tuple[str, ...] = ()

    @property
    def blobs(self) -> tuple[str, ...]:
        """Digests of the blobs that hold it."""
        return self.parts or (self.digest,)


def check_path(path: str) -> str:
    """Return `path` when it leads from a directory to something inside, whatever it is joined to.

    Raises:
        InvalidName: it is absolute, climbs, is too long, or has characters that mean more than a name.
    """
    reason = _fault(path)
    if reason:
        raise InvalidName(f"path {path[:120]!r} is not allowed in a package: {reason}")
    return path


def check_entries(entries: Iterable[TreeEntry]) -> list[TreeEntry]:
    """Return `entries`, sorted by path, when they can be the files of one directory.

    Raises:
        InvalidName: a path, mode, size or digest is not one, or two entries want the same place.
    """
    checked = sorted(entries, key=lambda entry: entry.path)
    files: set[str] = set()
    for entry in checked:
        check_path(entry.path)
        for digest in (entry.digest, *entry.parts):
            key_of(digest)
        if not 0 <= entry.mode <= MODES or entry.size < 0:
            raise InvalidName(f"{entry.path!r} has mode {entry.mode:o} and size {entry.size}")
        if entry.path in files:
            raise InvalidName(f"two files of the package have the path {entry.path!r}")
        files.add(entry.path)
    for entry in checked:
        for parent in PurePosixPath(entry.path).parents:
            if str(parent) in files:
                raise InvalidName(f"{str(parent)!r} is a file and a directory of the package")
    return checked


def _fault(path: str) -> str:
    if not path:
        return "it is empty"
    try:
        encoded = path.encode()
    except UnicodeEncodeError:
        return "it is not UTF-8"
    if len(encoded) > LONGEST_PATH:
        return f"it has {len(encoded)} bytes"
    strange = _STRANGE.search(path)
    if strange is not None:
        return f"it has {strange.group()!r}"
    if path.startswith("/") or _DRIVE.match(path):
        return "it is absolute"
    for name in path.split("/"):
        if name in {"", ".", ".."}:
            return f"it has {name!r} between slashes"
        if len(name.encode()) > LONGEST_NAME:
            return "a name in it is too long"
    return ""
