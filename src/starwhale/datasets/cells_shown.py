"""Cells of rows as JSON for people: nothing is revived, decoded or fetched; media are told by place."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, cast

import orjson

from starwhale.core.types.link import shown_uri
from starwhale.storage.layers.cells import Cell
from starwhale.storage.layers.media import MediaCell, media_cell_stored
from starwhale.storage.layers.tags import PACKED, Tag

Key = int | str
#: How deep values nest that are shown whole.
DEEPEST = 64
_HEAD = 32
_TEXTS = ("data_type", "extra_info")


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaPlace:
    """Where a media value lies in a version.

    Attributes:
        key: Key of its row.
        path: Its column, then the fields and numbers of elements that lead to it.
    """

    key: Key
    path: tuple[str | int, ...]


Refer = Callable[[MediaPlace, MediaCell], Any]
"""Says what stands for a media value."""


class Shower:
    """Shows the cells of one row.

    Args:
        key: Its key.
        refer: Says what stands for media.
        longest: Characters of a text that is shown whole.

    Attributes:
        size: Characters, roughly, of what was shown so far.
        cut: Columns in which a text was cut.
    """

    def __init__(self, key: Key, refer: Refer, longest: int) -> None:
        self._key = key
        self._refer = refer
        self._longest = longest
        self.size = 0
        self.cut: list[str] = []

    def show(self, name: str, cell: Cell) -> Any:
        """The value of a column."""
        return self._value(cell[0], cell[1], (name,))

    def _value(self, tag: Tag, plain: Any, path: tuple[str | int, ...]) -> Any:
        self.size += 8
        if plain is None:
            return None
        if len(path) > DEEPEST:
            return "…"
        if tag == PACKED:
            return self._packed(plain, path)
        if isinstance(tag, str):
            return self._scalar(tag, plain, path)
        return self._compound(tag, plain, path)

    def _scalar(self, tag: str, plain: Any, path: tuple[str | int, ...]) -> Any:
        if tag == "str":
            return self._text(plain, path)
        if tag == "float":
            return _number(plain)
        if tag == "bytes":
            return _bytes(plain)
        if tag == "complex":
            return {"re": _number(plain["re"]), "im": _number(plain["im"])}
        if tag in {"datetime", "instant", "date", "time"}:
            return plain.isoformat()
        return plain.total_seconds() if tag == "duration" else plain

    def _compound(self, tag: tuple[Any, ...], plain: Any, path: tuple[str | int, ...]) -> Any:
        shape = tag[0]
        if shape in {"list", "tuple"}:
            return [self._value(tag[1], item, (*path, place)) for place, item in enumerate(plain)]
        if shape == "struct":
            return self._record(tag, plain, path)
        if shape == "plain":
            return self._object(tag[1], plain, self._value(tag[2], plain, path), path)
        return self._refer(MediaPlace(key=self._key, path=path), plain)

    def _record(self, tag: tuple[Any, ...], plain: Mapping[str, Any], path: tuple[str | int, ...]) -> Any:
        pairs = zip(tag[1], tag[2], strict=True)
        return {name: self._value(field, plain[name], (*path, name)) for name, field in pairs}

    def _object(self, logical: str, plain: Any, shown: Any, path: tuple[str | int, ...]) -> Any:
        if logical == "coco_annotation" and isinstance(shown, dict) and isinstance(plain, Mapping):
            # Run lengths as pycocotools packs them are letters, and of no use unless whole.
            runs = _bytes_of(cast("Mapping[str, Any]", plain).get("rle_bytes"))
            if runs is not None:
                cast("dict[str, Any]", shown).update(
                    rle_text=self._text(runs.decode("ascii", "backslashreplace"), path), rle_bytes=None
                )
        return _object(logical, shown)

    def _text(self, text: str, path: tuple[str | int, ...]) -> str:
        if len(text) > self._longest:
            if path[0] not in self.cut:
                self.cut.append(str(path[0]))
            text = text[: self._longest]
        self.size += len(text)
        return text

    def _packed(self, packed: Any, path: tuple[str | int, ...]) -> Any:
        self.size += 8
        if len(path) > DEEPEST:
            return "…"
        if isinstance(packed, str):
            return self._text(packed, path)
        if isinstance(packed, list):
            items = cast("list[Any]", packed)
            return [self._packed(item, (*path, place)) for place, item in enumerate(items)]
        if not isinstance(packed, dict):
            return packed
        record = cast("dict[str, Any]", packed)
        if "$" not in record:
            return {name: self._packed(item, (*path, name)) for name, item in record.items()}
        return self._tagged(record, path)

    def _tagged(self, record: dict[str, Any], path: tuple[str | int, ...]) -> Any:
        kind, value = record["$"], record.get("v")
        if kind == "media":
            return self._refer(MediaPlace(key=self._key, path=path), packed_media(record))
        if kind == "plain":
            return self._object(str(record.get("t")), value, self._packed(value, path), path)
        if kind in {"map", "dict"}:
            pairs = cast("list[Any]", value or [])
            return [[self._packed(part, (*path, place)) for part in pair] for place, pair in enumerate(pairs)]
        if kind == "bytes":
            return _bytes(b64decode(value or ""))
        return self._packed(value, path)


def packed_media(record: Mapping[str, Any]) -> MediaCell:
    """The cell of a media value that lies in another one."""
    data = None if record["d"] is None else b64decode(record["d"])
    return media_cell_stored(record["t"], data, record["m"])


def media_at(cell: Cell, path: tuple[str | int, ...]) -> MediaCell | None:
    """The media value at the place that `Shower` gave it; None where there is none."""
    tag, plain = cell
    for step in path:
        if plain is None:
            return None
        tag, plain = (PACKED, _packed_step(plain, step)) if tag == PACKED else _step(tag, plain, step)
        # What an object of ours consists of is shown under the path of the object itself.
    while isinstance(tag, tuple) and tag[0] == "plain":
        tag = tag[2]
    if isinstance(plain, MediaCell):
        return plain
    if tag == PACKED and isinstance(plain, dict) and cast("dict[str, Any]", plain).get("$") == "media":
        return packed_media(cast("dict[str, Any]", plain))
    return None


def _step(tag: Tag, plain: Any, step: str | int) -> tuple[Tag, Any]:
    while isinstance(tag, tuple) and tag[0] == "plain":
        tag = tag[2]
    if tag == PACKED:
        return PACKED, _packed_step(plain, step)
    if isinstance(tag, tuple) and tag[0] in {"list", "tuple"} and isinstance(step, int):
        return tag[1], plain[step] if 0 <= step < len(plain) else None
    if isinstance(tag, tuple) and tag[0] == "struct" and step in tag[1]:
        return tag[2][tag[1].index(step)], plain[step]
    return PACKED, None


def _packed_step(packed: Any, step: str | int) -> Any:
    while isinstance(packed, dict) and cast("dict[str, Any]", packed).get("$") in {"plain", "tuple"}:
        packed = cast("dict[str, Any]", packed)["v"]
    if isinstance(packed, dict) and cast("dict[str, Any]", packed).get("$") in {"map", "dict"}:
        # Pairs, of which the second is what can hold media.
        pairs = cast("dict[str, Any]", packed)["v"]
        return pairs[step][1] if isinstance(step, int) and 0 <= step < len(pairs) else None
    if isinstance(packed, list) and isinstance(step, int):
        items = cast("list[Any]", packed)
        return items[step] if 0 <= step < len(items) else None
    return cast("dict[Any, Any]", packed).get(step) if isinstance(packed, dict) else None


def _number(value: float) -> Any:
    """A float as JSON has it; what JSON has not is told in a word."""
    if isinstance(value, str) or isfinite(value):
        return value
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"  # noqa: PLR0124 - NaN is not itself


def _bytes_of(plain: Any) -> bytes | None:
    """Bytes in a record, also in a packed one."""
    if isinstance(plain, dict) and cast("dict[str, Any]", plain).get("$") == "bytes":
        return b64decode(cast("dict[str, Any]", plain).get("v") or "")
    return plain if isinstance(plain, bytes) else None


def _bytes(data: bytes) -> dict[str, Any]:
    return {"type": "bytes", "size": len(data), "head": data[:_HEAD].hex()}


def _object(logical: str, shown: Any) -> Any:
    if not isinstance(shown, dict):
        return {"type": logical, "value": shown}
    record = cast("dict[str, Any]", shown)
    if logical == "link":
        record = {**record, "uri": shown_uri(str(record.get("uri", "")))}
        for name in _TEXTS:
            record[name] = _parsed(record.get(name))
    return {"type": logical, **record}


def _parsed(text: Any) -> Any:
    try:
        return orjson.loads(text) if text else None
    except (orjson.JSONDecodeError, TypeError):
        return text
