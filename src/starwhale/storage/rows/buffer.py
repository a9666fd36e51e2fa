"""Rows that were set and are not yet in a file, merged by key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from starwhale.storage.layers.cells import Cell
from starwhale.storage.layers.format import DELETE, REPLACE, UPSERT, Key
from starwhale.storage.layers.media import MediaCell
from starwhale.storage.layers.write import Encoded, LayerRow, encode
from starwhale.storage.rows.digest import row_digest

ROW_OVERHEAD = 32


class RowBuffer:
    """Collects changes until they are worth a file.

    Args:
        digests: Give every row a digest (datasets need them, tables do not).
    """

    def __init__(self, *, digests: bool) -> None:
        self._digests = digests
        self._rows: dict[Key, tuple[int, dict[str, Cell]]] = {}
        self._refs: set[str] = set()
        self.size = 0

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, key: Key) -> tuple[int, dict[str, Cell]] | None:
        """Operation and cells of `key`, if it was changed."""
        return self._rows.get(key)

    def keys(self) -> list[Key]:
        """Changed keys, unordered."""
        return list(self._rows)

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
        self.size += ROW_OVERHEAD + sum(map(_weigh, cells.values()))
        for cell in cells.values():
            if type(cell.plain) is MediaCell and cell.plain.ref is not None:
                self._refs.add(cell.plain.ref)
            elif isinstance(cell.tag, tuple) and cell.tag[0] != "media":
                self._refs.update(_nested_refs(cell.plain))

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
            rows.append(LayerRow(op, cells, ROW_OVERHEAD + sum(map(_weigh, cells.values())), digest))
        return encode(keys, rows, list(self._refs), compress=compress)

    def clear(self) -> None:
        """Forget everything."""
        self._rows.clear()
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


def _weigh(cell: Cell) -> int:
    plain = cell.plain
    kind = type(plain)
    if kind is MediaCell:
        return len(plain.meta) + (len(plain.data) if plain.data is not None else 0)
    if kind is str or kind is bytes:
        return len(plain) + 8
    if kind is list:
        return 8 + sum(_weigh(Cell("", item)) for item in plain)
    if kind is dict:
        return 8 + sum(_weigh(Cell("", item)) for item in plain.values())
    return 8
