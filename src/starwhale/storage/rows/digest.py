"""Digests of rows, and of the change that a commit makes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from starwhale.storage.layers.cells import Cell
from starwhale.storage.layers.format import DELETE, Key
from starwhale.storage.layers.media import MediaCell
from starwhale.storage.layers.packed import pack
from starwhale.storage.layers.tags import Tag, to_json

SIZE = 16
DELETED = b"\xff" * SIZE


def row_digest(op: int, cells: Mapping[str, Cell]) -> bytes:
    """16 bytes over what one row is set to: the same for the same values, whenever and wherever."""
    if op == DELETE:
        return DELETED
    head: list[Any] = []
    tail: list[bytes] = []
    for name in sorted(cells) if len(cells) > 1 else cells:
        tag, plain = cells[name]
        kind = type(plain)
        if kind is MediaCell:
            data = plain.data
            head.append((name, tag, plain.meta, -1 if data is None else len(data)))
            if data is not None:
                tail.append(data)
        elif kind is bytes:
            head.append((name, tag, len(plain)))
            tail.append(plain)
        else:
            head.append((name, to_json(tag), pack(tag, plain)))
    text = orjson.dumps(head, option=orjson.OPT_SORT_KEYS)
    running = hashlib.sha256(len(text).to_bytes(4, "little"))
    running.update(text)
    for data in tail:
        running.update(data)
    return running.digest()[:SIZE]


class ChangeDigest:
    """Digest over (parent, schema, changed keys in order with their row digests).

    Keys and digests go into running hashes of their own, so that it does not matter how the
    rows are cut into batches and files.
    """

    def __init__(self) -> None:
        self._hashes = {(kind, part): hashlib.sha256() for kind in (int, str) for part in ("keys", "digests")}
        self.rows = 0

    def add(self, keys: Iterable[Key], digests: Iterable[bytes]) -> None:
        """Rows in key order, ints before strings."""
        for key, digest in zip(keys, digests, strict=True):
            kind = type(key)
            if kind is int:
                framed = int(key).to_bytes(8, "little", signed=True)
            else:
                text = str(key).encode()
                framed = len(text).to_bytes(4, "little") + text
            self._hashes[kind, "keys"].update(framed)
            self._hashes[kind, "digests"].update(digest)
            self.rows += 1

    def finish(self, parent: str | None, schema: Mapping[str, Tag], extra: Any = None) -> bytes:
        """32 bytes that identify the change."""
        head = [parent, sorted((name, to_json(tag)) for name, tag in schema.items()), extra]
        total = hashlib.sha256(orjson.dumps(head, option=orjson.OPT_SORT_KEYS))
        for running in self._hashes.values():
            total.update(running.digest())
        return total.digest()
