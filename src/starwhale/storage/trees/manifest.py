"""The manifest of a tree: which files it has, as one canonical document whose digest is the version."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from starwhale.core.errors import Corrupted
from starwhale.core.manifest import canonical_bytes
from starwhale.storage.trees.entry import TreeEntry


def tree_manifest(format: str, files: Iterable[TreeEntry]) -> bytes:  # noqa: A002 - what the field is called
    """The manifest of some files.

    Args:
        format: Name and number of the format, such as ``starwhale.model/1``.
        files: In any order.
    """
    rows = [
        [each.path, each.mode, each.size, each.digest, *([list(each.parts)] if each.parts else [])]
        for each in sorted(files)
    ]
    return canonical_bytes({"format": format, "files": rows})


def manifest_tree(data: bytes, format: str, what: str) -> tuple[TreeEntry, ...]:  # noqa: A002 - as above
    """The files that a manifest names, sorted by path.

    Args:
        data: The manifest.
        format: The format that it must have.
        what: What it is the manifest of, for messages.

    Raises:
        Corrupted: it is none, or of a later release.
    """
    plain = json_document(data, f"the manifest of a {what}")
    if plain.get("format") != format:
        raise Corrupted(
            f"the manifest has format {plain.get('format')!r}", hint="upgrade Starwhale to read it"
        )
    try:
        rows: Sequence[Sequence[Any]] = plain["files"]
        return tuple(_entry(*row) for row in rows)
    except (KeyError, TypeError, ValueError) as exc:
        raise Corrupted(f"the manifest of a {what} lists its files in no known way") from exc


def _entry(path: str, mode: int, size: int, digest: str, parts: Sequence[str] = ()) -> TreeEntry:
    return TreeEntry(path=path, mode=mode, size=size, digest=digest, parts=tuple(parts))


def json_document(data: bytes, what: str) -> Mapping[str, Any]:
    """A mapping that was written as JSON.

    Raises:
        Corrupted: it is something else; `what` is named.
    """
    try:
        plain = json.loads(data)
    except ValueError as exc:
        raise Corrupted(f"{what} is not JSON") from exc
    if not isinstance(plain, dict):
        raise Corrupted(f"{what} is not a mapping")
    return plain
