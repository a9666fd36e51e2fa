"""JSON of strangers, read whole: short, and with few values."""

from __future__ import annotations

import json
import math
from typing import Any, cast

from starwhale.models.facts.source import Unreadable

MOST_BYTES = 16 << 20
MOST_VALUES = 2_000_000
#: Mappings and lists within each other that are told of.
DEEPEST = 24


def read_json(data: bytes, *, values: int = MOST_VALUES) -> dict[str, Any]:
    """The mapping that `data` is.

    Args:
        data: UTF-8; its length was checked before.
        values: How many values it may hold; each takes some hundred bytes.

    Raises:
        Unreadable: it is no JSON, no mapping, or holds too many values.
    """
    if data.count(b",") + data.count(b"[") + data.count(b"{") > values:
        raise Unreadable(f"the JSON holds more than {values} values")
    try:
        value = json.loads(data, parse_constant=str)
    except RecursionError as exc:
        raise Unreadable("the JSON is nested too deep") from exc
    except ValueError as exc:
        raise Unreadable(f"it is no JSON: {exc}"[:200]) from exc
    if not isinstance(value, dict):
        raise Unreadable("the JSON is no mapping")
    return cast("dict[str, Any]", value)


def told(value: Any, depth: int = DEEPEST) -> Any:
    """Plain values that every JSON can hold: without halves of letters, infinities, and what is too deep."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if depth == 0:
        return None if isinstance(value, dict | list) else value
    if isinstance(value, dict):
        pairs = cast("dict[str, Any]", value).items()
        return {told(name): told(each, depth - 1) for name, each in pairs}
    if isinstance(value, list):
        return [told(each, depth - 1) for each in cast("list[Any]", value)]
    return value


def mapping(value: object) -> dict[str, Any]:
    """`value` where it is a mapping of JSON, else an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def sequence(value: object) -> list[Any]:
    """`value` where it is a list of JSON, else an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def text(value: object, *, most: int = 200) -> str:
    """`value` where it is a text, cut to a length for people, else the empty one."""
    return value[:most] if isinstance(value, str) else ""


def whole(value: object, *, most: int = 1 << 63) -> int | None:
    """A whole number from 0 up to `most`, also one that is written as a text; None for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < most else None


def is_number(value: object) -> bool:
    """Whether JSON can hold it as a number, in every language."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and abs(value) < 1 << 63


def brief(found: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The plain values among those that are named; long texts and lists are cut."""
    told: dict[str, Any] = {}
    for name in names:
        value = found.get(name)
        if isinstance(value, str):
            value = value[:200]
        elif isinstance(value, list):
            value = [each for each in sequence(value)[:32] if isinstance(each, str) or is_number(each)]
        if isinstance(value, list | str | bool) or is_number(value):
            told[name] = value
    return told
