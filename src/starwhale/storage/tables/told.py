"""Cells as JSON for people: numbers, text, lists and dicts as they are, the rest told with its type.

    {"$": "float", "v": "nan"}      {"$": "datetime", "v": "2026-01-31T12:00:00"}
    {"$": "image", "size": 12345, "mime_type": "image/png", "shape": [28, 28, 1], "at": []}

What is told of media is their description, their size and the way to them inside the cell (`at`); their
bytes come along, as base64 under "d", only where they are few. This is the packed form of `layers.packed`
but for media, and for integers that JavaScript cannot count to.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any, cast

import orjson

from starwhale.core.errors import NotFound, UnsupportedValue, UsageError
from starwhale.core.types.registry import LOGICAL
from starwhale.storage.layers.cells import Cell
from starwhale.storage.layers.media import OpenBlob, Source
from starwhale.storage.layers.packed import pack, unpack

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starwhale.storage.layers.format import Key

#: Bytes of media that are told beside their description.
FEW = 4096
SAFE_INTEGER = 2**53 - 1
_BYTES = "application/octet-stream"
Way = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How media are told.

    Attributes:
        few: Bytes of media that come along.
        link: Address of the bytes that lie at the end of a way inside the cell; None for no address.
    """

    few: int = FEW
    link: Callable[[Way], str] | None = None

    def place(self, way: Way) -> dict[str, Any]:
        """What is told of where bytes are."""
        return {"at": list(way)} if self.link is None else {"at": list(way), "url": self.link(way)}


MANNER = Manner()
TYPES = frozenset(
    {"bytes", "float", "tuple", "map", "dict", "bigint", "decimal", "uuid"}
    | {"datetime", "instant", "date", "time", "duration", "complex"}
)
OWN = frozenset({"$", "size", "at", "d", "url"})


def told(cell: Cell, manner: Manner = MANNER) -> Any:
    """A cell as JSON.

    Args:
        cell: What lies in the column.
        manner: How media are told.
    """
    kind, plain = cell
    if kind in ("float", "str", "bool") and plain == plain and plain not in (float("inf"), float("-inf")):  # noqa: PLR0124 - NaN is not itself
        return plain
    try:
        return _told(pack(kind, plain), (), manner)
    except (LookupError, TypeError, ValueError, AttributeError):
        return {"$": "unreadable"}


def _told(packed: Any, way: Way, manner: Manner) -> Any:
    if isinstance(packed, list):
        return [_told(item, (*way, place), manner) for place, item in enumerate(cast("list[Any]", packed))]
    if isinstance(packed, int) and not isinstance(packed, bool) and abs(packed) > SAFE_INTEGER:
        return {"$": "bigint", "v": str(packed)}
    return _told_record(cast("dict[str, Any]", packed), way, manner) if isinstance(packed, dict) else packed


def _told_record(record: dict[str, Any], way: Way, manner: Manner) -> Any:
    kind = record.get("$")
    if kind is None:
        return {name: _told(item, (*way, name), manner) for name, item in record.items()}
    if kind == "media":
        return _told_media(record["t"], record["d"], orjson.loads(record["m"]), way, manner)
    if kind == "bytes":
        return _told_bytes(record["v"], way, manner)
    if kind == "plain":
        return {"$": record["t"], "v": _told(record["v"], (*way, "v"), manner)}
    if kind in ("tuple", "map", "dict"):
        return {"$": kind, "v": _told(record["v"], (*way, "v"), manner)}
    return record


def _told_bytes(text: str, way: Way, manner: Manner) -> dict[str, Any]:
    size = len(text) * 3 // 4 - text[-2:].count("=")
    return {"$": "bytes", "size": size, **manner.place(way), **({"v": text} if size <= manner.few else {})}


def _told_media(
    logical: str, data: str | None, meta: dict[str, Any], way: Way, manner: Manner
) -> dict[str, Any]:
    blob = meta.pop("blob", None)
    size = blob[1] if blob else None if data is None else len(data) * 3 // 4 - data[-2:].count("=")
    shown = {name: value for name, value in meta.items() if name not in OWN}
    found: dict[str, Any] = {"$": logical, **shown, "size": size, **manner.place(way)}
    if data is not None and size is not None and size <= manner.few and logical != "pickle":
        found["d"] = data
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class BytesFound:
    """Bytes in a cell.

    Attributes:
        kind: What they are said to be (a mime type).
        source: Where they are read, in parts or whole.
        digest: Their SHA-256.
    """

    kind: str
    source: Source
    digest: str


class _Held:
    """Bytes that lie in the cell itself."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    @property
    def size(self) -> int:
        return len(self._data)

    def read(self, offset: int = 0, length: int = -1) -> bytes:
        return self._data[offset:] if length < 0 else self._data[offset : offset + length]


def bytes_at(cell: Cell, way: Sequence[str], open_blob: OpenBlob) -> BytesFound:
    """The bytes of media, or of a bytes value, in a cell.

    Bytes behind a link are not fetched: a link is for whoever follows it.

    Args:
        cell: What lies in the column.
        way: Steps to them inside the cell, as `told` says under "at".
        open_blob: Opens those that lie outside.

    Raises:
        NotFound: there are no bytes at this place.
    """
    packed = pack(*cell)
    for step in way:
        packed = _step(packed, step)
    record = cast("dict[str, Any]", packed) if isinstance(packed, dict) else {}
    if record.get("$") == "bytes":
        return _held(record["v"], _BYTES)
    if record.get("$") != "media" or record["t"] == "pickle":
        raise NotFound("there are no bytes at this place of the cell")
    meta = orjson.loads(record["m"])
    kind = str(meta.get("mime_type") or _BYTES)
    if record["d"] is not None:
        return _held(record["d"], kind)
    if "blob" not in meta:
        raise NotFound("these bytes lie behind a link, and are not kept here")
    digest, size = meta["blob"]
    return BytesFound(kind=kind, source=open_blob(digest, size), digest=digest)


def _held(text: str, kind: str) -> BytesFound:
    data = b64decode(text)
    return BytesFound(kind=kind, source=_Held(data), digest=sha256(data).hexdigest())


def _step(packed: Any, step: str) -> Any:
    if isinstance(packed, list) and step.isdecimal() and int(step) < len(cast("list[Any]", packed)):
        return cast("list[Any]", packed)[int(step)]
    if isinstance(packed, dict) and step in packed:
        return cast("dict[str, Any]", packed)[step]
    raise NotFound("there are no bytes at this place of the cell")


# The other way: what a caller sends.


def heard(given: Any, column: str) -> Any:
    """The value that a caller sent, checked: whoever reads it will understand it.

    Args:
        given: The form of `told`, or that of `layers.packed`.
        column: Its column, for the error.

    Raises:
        UnsupportedValue: it is no value. A blob cannot be named, since it may be somebody else's.
    """
    kind = type(given)
    if kind is float or kind is bool or kind is str or given is None:
        return given
    try:
        return unpack(_heard(given, 0))
    except UsageError as exc:
        raise UnsupportedValue(
            f"column {column[:80]!r} was sent a value that is none: {exc.message}"
        ) from exc
    except _BROKEN as exc:
        raise UnsupportedValue(f"column {column[:80]!r} was sent a value that is none") from exc


_BROKEN = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RecursionError)
_DEEPEST = 64


def _heard(given: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        raise ValueError("too deep")
    if isinstance(given, list):
        return [_heard(item, depth + 1) for item in cast("list[Any]", given)]
    if isinstance(given, int) and not isinstance(given, bool) and abs(given) > 2**63:
        return {"$": "bigint", "v": str(given)}
    return _heard_record(cast("dict[str, Any]", given), depth) if isinstance(given, dict) else given


def _heard_record(record: dict[str, Any], depth: int) -> Any:
    kind = record.get("$")
    if kind is None:
        return {name: _heard(item, depth + 1) for name, item in record.items()}
    if kind == "media":
        return _heard_media(record["t"], record["d"], orjson.loads(record["m"]))
    if kind == "plain":
        return {"$": "plain", "t": _known(record["t"]), "v": _heard(record["v"], depth + 1)}
    if kind in TYPES:
        return {"$": kind, "v": _heard(record["v"], depth + 1)}
    if "d" in record:
        meta = {name: value for name, value in record.items() if name not in OWN}
        return _heard_media(kind, record["d"], meta)
    return {"$": "plain", "t": _known(kind), "v": _heard(record["v"], depth + 1)}


def _heard_media(logical: str, data: str | None, meta: dict[str, Any]) -> dict[str, Any]:
    if "blob" in meta or logical == "pickle" or (data is None and not meta.get("link")):
        raise ValueError("bytes are sent with their value")
    if logical != "ndarray":
        _known(logical)
    if data is not None:
        b64decode(data, validate=True)
    return {"$": "media", "t": logical, "m": orjson.dumps(meta).decode(), "d": data}


def _known(logical: Any) -> str:
    if not isinstance(logical, str) or logical not in LOGICAL:
        raise ValueError("no such type")
    return logical


Link = Callable[["Key", str, Way], str]
"""Address of the bytes at the end of a way inside the cell of a row (by its key) and column."""


def told_row(
    key: Key, cells: Mapping[str, Cell], names: Iterable[str] | None = None, link: Link | None = None
) -> dict[str, Any]:
    """A row as JSON: its key, and the columns that it has."""
    wanted = cells if names is None else [name for name in names if name in cells]
    if link is None:
        return {"id": key, "values": {name: told(cells[name]) for name in wanted}}
    values = {name: told(cells[name], Manner(link=partial(link, key, name))) for name in wanted}
    return {"id": key, "values": values}
