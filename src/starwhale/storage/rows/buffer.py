"""Rows that were set and are not yet in a file, merged by key."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

from starwhale.storage.layers.cells import Cell
from starwhale.storage.layers.format import DELETE, REPLACE, UPSERT, Key
from starwhale.storage.layers.media import MediaCell, media_cell_stored
from starwhale.storage.layers.tags import MIXED, PACKED, Tag
from starwhale.storage.layers.write import Encoded, LayerRow, encode
from starwhale.storage.rows.digest import row_digest

ROW_OVERHEAD = 32
FREEZE_ROWS = 4096


class RowBuffer:
    """Collects changes until they are worth a file.

    Args:
        digests: Give every row a digest (datasets need them, tables do not).
    """

    def __init__(self, *, digests: bool) -> None:
        self._digests = digests
        self._rows: dict[Key, tuple[int, dict[str, Cell]]] = {}
        self._weights: dict[Key, int] = {}
        self._since = 0
        self._frozen = False
        self._refs: set[str] = set()
        self.size = 0

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, key: Key) -> tuple[int, dict[str, Cell]] | None:
        """Operation and cells of `key`, if it was changed."""
        return self._rows.get(key)

    def changes(self) -> list[tuple[Key, tuple[int, dict[str, Cell]]]]:
        """Changed keys with operation and cells, unordered."""
        return list(self._rows.items())

    def put(self, key: Key, cells: dict[str, Cell], *, replace: bool = False) -> None:
        """Set cells of a row; the others keep their values unless `replace`."""
        known = self._rows.get(key)
        if known is None or replace:
            op = REPLACE if replace or (known is not None and known[0] != UPSERT) else UPSERT
            self._rows[key] = (op, cells)
        else:
            op, merged = known
            merged.update(cells)
            self._rows[key] = (REPLACE if op == DELETE else op, merged)
        weight = ROW_OVERHEAD
        for tag, plain in cells.values():
            kind = type(plain)
            if kind is MediaCell:
                weight += _weigh(plain)
                if plain.ref is not None:
                    self._refs.add(plain.ref)
            else:
                weight += len(plain) + 8 if kind is str or kind is bytes else _weigh(plain)
                if tag == PACKED:
                    self._refs.update(_packed_refs(plain))
                elif type(tag) is tuple and may_hold_media(tag):
                    self._refs.update(_nested_refs(plain))
        self.size += weight
        self._since += 1
        if self._since == FREEZE_ROWS:
            self._since = 0
            # Rows that wait are looked through by every full collection, though none is garbage.
            gc.freeze()
            self._frozen = True
        self._weights[key] = self._weights.get(key, 0) + weight

    def delete(self, key: Key) -> None:
        """Remove a row."""
        self._rows[key] = (DELETE, {})
        self.size += ROW_OVERHEAD

    def drop(self, key: Key) -> None:
        """Forget the change to `key`."""
        del self._rows[key]

    def row_digest(self, key: Key) -> bytes:
        """Digest of the change to `key`."""
        return row_digest(*self._rows[key])

    def encode(self, kind: type, digests: Mapping[Key, bytes], *, compress: bool) -> Encoded | None:
        """One layer file of all rows whose key is of `kind`, or None where there are none.

        Args:
            kind: int or str.
            digests: Row digests that are known already.
            compress: See `layers.file.encode`.
        """
        keys = sorted(cast("Any", (key for key in self._rows if type(key) is kind)))
        if not keys:
            return None
        rows: list[LayerRow] = []
        for key in keys:
            op, cells = self._rows[key]
            digest = (digests.get(key) or row_digest(op, cells)) if self._digests else None
            rows.append(LayerRow(op, cells, self._weights.get(key, ROW_OVERHEAD), digest))
        return encode(keys, rows, list(self._refs), compress=compress)

    def clear(self) -> None:
        """Forget everything."""
        if self._frozen:
            gc.unfreeze()
            self._frozen = False
        self._rows.clear()
        self._weights.clear()
        self._refs.clear()
        self.size = 0

    @property
    def refs(self) -> set[str]:
        """Blobs that the buffered rows refer to."""
        return self._refs


def _nested_refs(plain: Any) -> set[str]:
    if type(plain) is MediaCell:
        return {plain.ref} if plain.ref is not None else set()
    if isinstance(plain, list):
        return {ref for item in cast("list[Any]", plain) for ref in _nested_refs(item)}
    if isinstance(plain, dict):
        return {ref for item in cast("dict[str, Any]", plain).values() for ref in _nested_refs(item)}
    return set()


def _packed_refs(packed: Any) -> set[str]:
    """Blobs that the media in a packed value refer to."""
    if isinstance(packed, list):
        return {ref for item in cast("list[Any]", packed) for ref in _packed_refs(item)}
    if not isinstance(packed, dict):
        return set()
    record = cast("dict[str, Any]", packed)
    if record.get("$") == "media" and {"t", "m", "d"} <= record.keys():
        ref = media_cell_stored(record["t"], None, record["m"]).ref if record["d"] is None else None
        return set() if ref is None else {ref}
    return {ref for item in record.values() for ref in _packed_refs(item)}


def _weigh(plain: Any) -> int:
    """About how many bytes a cell takes."""
    kind = type(plain)
    if kind is str or kind is bytes:
        return len(plain) + 8
    if kind is list:
        return 8 + (sum(map(_weigh, plain)) if plain else 0)
    if kind is dict:
        return 8 + sum(map(_weigh, plain.values()))
    if kind is MediaCell:
        return len(plain.meta) + (len(plain.data) if plain.data is not None else 0)
    return 8


@lru_cache(maxsize=4096)
def may_hold_media(tag: Tag) -> bool:
    """Whether cells of `tag` may have media in them, whose bytes may lie in blobs."""
    if isinstance(tag, str):
        return tag in (PACKED, MIXED)
    return tag[0] == "media" or any(may_hold_media(part) for part in _parts(tag))


def _parts(tag: tuple[Any, ...]) -> tuple[Any, ...]:
    return tag[2] if tag[0] == "struct" else tag[1:] if tag[0] != "plain" else tag[2:]
