"""Values as JSON can hold them, and texts as a terminal may safely show them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from enum import Enum
from pathlib import PurePath
from typing import Any

# everything that could move the cursor, recolour the screen or turn the text around, except line feed and tab
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
# what `json.dumps` leaves as it is: only strings hold such characters, where the escape means the same
_RAW_IN_JSON = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    """The text with control characters written out, so that data cannot drive the terminal."""
    return _CONTROLS.sub(lambda found: _escape(ord(found[0])), text)


def _escape(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def visible_line(text: str) -> str:
    """The same in one line, for what is a name or a heading."""
    return visible(text).replace("\n", " ").replace("\t", " ")


def escaped_json(text: str) -> str:
    """The same JSON, with what could drive the terminal or turn the text around written as an escape."""
    return _RAW_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def plain(value: Any) -> Any:
    """`value` made of what JSON has: a moment becomes ISO 8601, NaN and infinity null, bytes their length."""
    match value:
        case None | bool() | str():
            return str(value) if isinstance(value, Enum) else value
        case Enum():
            return plain(value.value)
        case int():
            return int(value)
        case float():
            return float(value) if math.isfinite(value) else None
        case datetime() | date() | time():
            return value.isoformat()
        case bytes() | bytearray() | memoryview():
            return {"bytes": len(value)}
        case PurePath():
            return str(value)
        case _:
            return _plain_other(value)


def _plain_other(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if hasattr(type(value), "logical"):
        return _plain_data(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    to_list = getattr(value, "tolist", None)
    if callable(to_list):  # arrays and scalars of numpy
        return plain(to_list())
    if isinstance(value, Iterable):
        return [plain(item) for item in value]
    return str(value)


def _plain_data(value: Any) -> dict[str, Any]:
    """A data type of ours: its name, and its description without the bytes."""
    described = value.to_plain() if hasattr(value, "to_plain") else value.meta()
    return {"type": type(value).logical, **plain(described)}
