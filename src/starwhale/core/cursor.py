"""Places in lists, as whoever reads on sends them back: opaque to him, and never trusted."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from starwhale.core.errors import UsageError

#: So many letters has the longest one: a path of a table, of any script, fits in.
LONGEST = 8192
_LARGEST_INTEGER = 2**63 - 1


def cursor_of(values: Sequence[Any]) -> str:
    """A place as a text.

    Args:
        values: What tells it from all others: texts, whole numbers, moments, truth values, None.
    """
    told = [each.isoformat() if isinstance(each, datetime) else each for each in values]
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def values_of(cursor: str, kinds: Sequence[type]) -> list[Any]:
    """The other way round.

    Args:
        cursor: What somebody sends.
        kinds: What the values of this list are; each may be None.

    Raises:
        UsageError: it is no place of such a list.
    """
    try:
        told: Any = json.loads(urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)))
        if isinstance(told, list):
            return [_value(each, kind) for each, kind in zip(told, kinds, strict=True)]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - JSON
    except (ValueError, OverflowError, RecursionError):
        pass
    raise no_place(cursor)


def no_place(cursor: str) -> UsageError:
    """What is said of a cursor that names no place of a list."""
    return UsageError(f"{cursor[:80]!r} is no cursor of this list", hint="send what `next` said")


def _value(told: Any, kind: type) -> Any:
    """What a cursor says, if a database takes it.

    Raises:
        ValueError: nothing has such a value.
        OverflowError: it is a moment before all others.
    """
    if told is None:
        return None
    if kind is datetime and isinstance(told, str):
        moment = datetime.fromisoformat(told)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    elif type(told) is kind and not _is_out_of_range(told):
        return told
    raise ValueError(told)


def _is_out_of_range(told: Any) -> bool:
    if isinstance(told, str):
        return b"\0" in told.encode()  # halves of surrogate pairs are a `ValueError`
    return isinstance(told, int) and abs(told) > _LARGEST_INTEGER
