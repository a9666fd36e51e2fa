"""What a client makes of the rows that a server has told."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from typing import Any, cast

import orjson

from starwhale.core.types.registry import LOGICAL
from starwhale.storage.layers.media import revive
from starwhale.storage.layers.packed import unpack
from starwhale.storage.tables.told import OWN, TYPES

Fetch = Callable[[list[str | int]], bytes]
"""Reads the bytes at the end of a way inside the cell."""


def restored(record: Any, fetch: Fetch) -> Any:
    """The value that was told.

    Args:
        record: The form of `told`.
        fetch: Reads bytes that did not come along, when they are looked at.
    """
    if isinstance(record, list):
        return [restored(item, fetch) for item in cast("list[Any]", record)]
    return _restored_record(cast("dict[str, Any]", record), fetch) if isinstance(record, dict) else record


def _restored_record(found: dict[str, Any], fetch: Fetch) -> Any:
    kind = found.get("$")
    if kind is None:
        return {name: restored(item, fetch) for name, item in found.items()}
    if kind == "bytes":
        return b64decode(found["v"]) if "v" in found else fetch(found["at"])
    if kind == "tuple":
        return tuple(restored(item, fetch) for item in found["v"])
    if kind in ("map", "dict"):
        return {_as_key(restored(key, fetch)): restored(item, fetch) for key, item in found["v"]}
    if kind in TYPES:
        return unpack(found)
    if "at" in found:
        return _restored_media(kind, found, fetch)
    return LOGICAL[kind].from_plain(restored(found["v"], fetch))


def _as_key(key: Any) -> Any:
    return tuple(key) if isinstance(key, list) else key


def _restored_media(kind: str, found: dict[str, Any], fetch: Fetch) -> Any:
    meta = {name: value for name, value in found.items() if name not in OWN}
    data = b64decode(found["d"]) if "d" in found else None
    if data is None and found["size"] is not None and kind != "pickle":
        # The digest is of no use here: whoever opens it fetches the very bytes of this cell.
        meta["blob"] = ["", found["size"]]
    text = orjson.dumps(meta, option=orjson.OPT_SORT_KEYS).decode()
    return revive(kind, data, text, lambda _digest, size: _Fetched(size, lambda: fetch(found["at"])))


class _Fetched:
    """Bytes that lie elsewhere, fetched whole when they are first looked at."""

    def __init__(self, size: int, fetch: Callable[[], bytes]) -> None:
        self._size = size
        self._fetch = fetch
        self._data: bytes | None = None

    @property
    def size(self) -> int:
        return self._size

    def read(self, offset: int = 0, length: int = -1) -> bytes:
        """The bytes from `offset`."""
        if self._data is None:
            self._data = self._fetch()
        return self._data[offset:] if length < 0 else self._data[offset : offset + length]
