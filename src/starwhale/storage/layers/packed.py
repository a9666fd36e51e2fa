"""The packed form: any cell as JSON that keeps its type.

Used where no column type fits (cells that disagree), in the logs of live tables, and to digest
rows. Numbers, text, true, false and null are themselves, lists are arrays and dicts objects;
everything else is an object with the key "$":

    {"$": "bytes", "v": base64}             {"$": "float", "v": "nan" | "inf" | "-inf"}
    {"$": "tuple", "v": [...]}              {"$": "map", "v": [[key, value], ...]}
    {"$": "dict", "v": [[key, value], ...]} a dict that has "$" among its keys
    {"$": "media", "t": logical, "m": description, "d": base64 or null}
    {"$": "plain", "t": logical, "v": {...}}
    {"$": "bigint" | "decimal" | "uuid" | "datetime" | "instant" | "date" | "time", "v": text}
    {"$": "duration", "v": [days, seconds, microseconds]}   {"$": "complex", "v": [re, im]}
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from math import isfinite
from typing import Any, cast
from uuid import UUID

from starwhale.core.types.registry import LOGICAL
from starwhale.storage.layers.media import MediaCell, OpenBlob, revive
from starwhale.storage.layers.tags import Tag

_ITSELF = frozenset({"null", "bool", "int", "str", "packed"})


@lru_cache(maxsize=4096)
def packs_itself(tag: Tag) -> bool:
    """Whether the packed form of every cell of `tag` is its plain form."""
    if isinstance(tag, str):
        return tag in _ITSELF
    if tag[0] == "list":
        return packs_itself(tag[1])
    return tag[0] == "struct" and "$" not in tag[1] and all(map(packs_itself, tag[2]))


def pack(tag: Tag, plain: Any) -> Any:
    """Packed form of the cell (`tag`, `plain`)."""
    if plain is None:
        return None
    if packs_itself(tag):
        return plain
    return _PACK[tag](plain) if isinstance(tag, str) else _PACK_COMPOUND[tag[0]](tag, plain)


def _float(value: float) -> Any:
    return value if isfinite(value) else {"$": "float", "v": repr(value)}


def _number(value: float) -> Any:
    return value if isfinite(value) else repr(value)


def pack_dict(packed: dict[str, Any]) -> Any:
    """Packed form of a dict whose values are packed: escaped where "$" is one of its keys."""
    return packed if "$" not in packed else {"$": "dict", "v": [[key, item] for key, item in packed.items()]}


def _pack_list(tag: tuple[Any, ...], plain: list[Any]) -> Any:
    return [pack(tag[1], item) for item in plain]


def _pack_tuple(tag: tuple[Any, ...], plain: list[Any]) -> Any:
    return {"$": "tuple", "v": _pack_list(tag, plain)}


def _pack_struct(tag: tuple[Any, ...], plain: dict[str, Any]) -> Any:
    return pack_dict({name: pack(field, plain[name]) for name, field in zip(tag[1], tag[2], strict=True)})


def _pack_plain(tag: tuple[Any, ...], plain: Any) -> Any:
    return {"$": "plain", "t": tag[1], "v": pack(tag[2], plain)}


def _pack_media(_tag: tuple[Any, ...], cell: MediaCell) -> Any:
    data = None if cell.data is None else b64encode(cell.data).decode()
    return {"$": "media", "t": cell.logical, "m": cell.meta, "d": data}


_PACK: dict[str, Callable[[Any], Any]] = {
    "float": _float,
    "bytes": lambda value: {"$": "bytes", "v": b64encode(value).decode()},
    "bigint": lambda value: {"$": "bigint", "v": value},
    "decimal": lambda value: {"$": "decimal", "v": value},
    "uuid": lambda value: {"$": "uuid", "v": value},
    "datetime": lambda value: {"$": "datetime", "v": value.isoformat()},
    "instant": lambda value: {"$": "instant", "v": value.isoformat()},
    "date": lambda value: {"$": "date", "v": value.isoformat()},
    "time": lambda value: {"$": "time", "v": value.isoformat()},
    "duration": lambda value: {"$": "duration", "v": [value.days, value.seconds, value.microseconds]},
    "complex": lambda value: {"$": "complex", "v": [_number(value["re"]), _number(value["im"])]},
}

_PACK_COMPOUND: dict[str, Callable[[tuple[Any, ...], Any], Any]] = {
    "list": _pack_list,
    "tuple": _pack_tuple,
    "struct": _pack_struct,
    "plain": _pack_plain,
    "media": _pack_media,
}


def unpack(packed: Any, open_blob: OpenBlob | None = None) -> Any:
    """The value of a packed cell; `open_blob` opens media that lie outside the row."""
    if isinstance(packed, list):
        return [unpack(item, open_blob) for item in cast("list[Any]", packed)]
    if not isinstance(packed, dict):
        return packed
    record = cast("dict[str, Any]", packed)
    kind = record.get("$")
    if kind is None:
        return {key: unpack(item, open_blob) for key, item in record.items()}
    return _UNPACK[kind](record, open_blob)


def _unpack_plain(packed: dict[str, Any], open_blob: OpenBlob | None) -> Any:
    return LOGICAL[packed["t"]].from_plain(unpack(packed["v"], open_blob))


def _unpack_media(packed: dict[str, Any], open_blob: OpenBlob | None) -> Any:
    data = None if packed["d"] is None else b64decode(packed["d"])
    return revive(packed["t"], data, packed["m"], open_blob)


def _unpack_pairs(packed: dict[str, Any], open_blob: OpenBlob | None) -> Any:
    return {_hashable(unpack(key, open_blob)): unpack(item, open_blob) for key, item in packed["v"]}


def _hashable(key: Any) -> Any:
    return tuple(key) if isinstance(key, list) else key


_UNPACK: dict[str, Callable[[dict[str, Any], OpenBlob | None], Any]] = {
    "bytes": lambda packed, _: b64decode(packed["v"]),
    "float": lambda packed, _: float(packed["v"]),
    "tuple": lambda packed, open_blob: tuple(unpack(item, open_blob) for item in packed["v"]),
    "map": _unpack_pairs,
    "dict": _unpack_pairs,
    "media": _unpack_media,
    "plain": _unpack_plain,
    "bigint": lambda packed, _: int(packed["v"]),
    "decimal": lambda packed, _: Decimal(packed["v"]),
    "uuid": lambda packed, _: UUID(packed["v"]),
    "datetime": lambda packed, _: datetime.fromisoformat(packed["v"]),
    "instant": lambda packed, _: datetime.fromisoformat(packed["v"]),
    "date": lambda packed, _: date.fromisoformat(packed["v"]),
    "time": lambda packed, _: time.fromisoformat(packed["v"]),
    "duration": lambda packed, _: timedelta(*packed["v"]),
    "complex": lambda packed, _: complex(float(packed["v"][0]), float(packed["v"][1])),
}
