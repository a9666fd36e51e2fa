"""Types of columns that somebody else has written down."""

from __future__ import annotations

from typing import Any, cast

from starwhale.storage.layers.tags import MIXED

#: How deep types and values may nest.
DEEPEST = 80
_SCALARS = frozenset(
    {"null", "bool", "int", "float", "str", "bytes", "bigint", "decimal", "uuid", "datetime", "instant"}
    | {"date", "time", "duration", "complex", MIXED}
)


def check_tag(tag: Any, depth: int = 0) -> None:
    """See that a type is one.

    Raises:
        ValueError: it is none.
    """
    if depth > DEEPEST:
        raise ValueError("a type nests too deep")
    if isinstance(tag, str):
        if tag not in _SCALARS:
            raise ValueError(f"unknown type {tag[:40]!r}")
        return
    _check_compound(tag, depth)


def _check_compound(tag: Any, depth: int) -> None:
    match tag:
        case ("list" | "tuple", inner) | ("plain", str(), inner):
            check_tag(inner, depth + 1)
        case ("struct", tuple() as names, tuple() as fields):
            texts = cast("tuple[Any, ...]", names)
            if len(texts) != len(cast("tuple[Any, ...]", fields)) or len(set(texts)) != len(texts):
                raise ValueError("a record names its fields otherwise than once")
            if not all(isinstance(each, str) for each in texts):
                raise TypeError("the name of a field is no text")
            for field in cast("tuple[Any, ...]", fields):
                check_tag(field, depth + 1)
        case ("media", str()):
            return
        case _:
            raise ValueError("unknown type")
