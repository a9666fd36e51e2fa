"""Logical types of cells ("tags") and how the types of many cells become the type of one column.

A scalar type is a word, a compound one a tuple:

    "null" "bool" "int" "float" "str" "bytes" "bigint" "decimal" "uuid"
    "datetime" (no zone) "instant" (UTC) "date" "time" "duration" "complex"
    ("list", T)  ("tuple", T)  ("struct", (name, …), (T, …))
    ("media", logical)                  bytes and a small description: image, audio, ndarray …
    ("plain", logical, struct tag)      an object that is a record: bounding_box, link …
    "packed"                            a cell that only the packed form can hold
    "mixed"                             a column whose cells disagree

Tags are stored in schemas as JSON; no Python class path is.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

Tag = str | tuple[Any, ...]

NULL = "null"
MIXED = "mixed"
PACKED = "packed"

# Arrow holds these as they are, so a whole column converts in one call.
NATURAL_SCALARS = frozenset(
    {NULL, "bool", "int", "float", "str", "bytes", "datetime", "instant", "date", "time", "duration"}
)


def is_natural(tag: Tag) -> bool:
    """Whether Arrow's own conversion to Python gives back the value."""
    if isinstance(tag, str):
        return tag in NATURAL_SCALARS
    if tag[0] == "list":
        return is_natural(tag[1])
    return tag[0] == "struct" and all(is_natural(field) for field in tag[2])


def unify(left: Tag, right: Tag) -> Tag:
    """The narrowest tag that holds cells of both; "mixed" where there is none.

    Integers and floats are not merged: 1 stays 1 and does not come back as 1.0.
    """
    if left == right:
        return MIXED if left == PACKED else left
    if left == NULL:
        return MIXED if right == PACKED else right
    if right == NULL:
        return MIXED if left == PACKED else left
    if isinstance(left, str) or isinstance(right, str) or left[0] != right[0]:
        return MIXED
    return _unify_compound(left, right)


def _unify_compound(left: tuple[Any, ...], right: tuple[Any, ...]) -> Tag:
    shape = left[0]
    if shape in ("list", "tuple"):
        inner = unify(left[1], right[1])
        return MIXED if inner == MIXED else (shape, inner)
    if shape == "struct":
        if left[1] != right[1]:
            return MIXED
        fields = tuple(unify(one, other) for one, other in zip(left[2], right[2], strict=True))
        return MIXED if MIXED in fields else (shape, left[1], fields)
    if shape == "plain" and left[1] == right[1]:
        inner = unify(left[2], right[2])
        return MIXED if inner == MIXED else (shape, left[1], inner)
    return MIXED


def unify_all(tags: Iterable[Tag]) -> Tag:
    """Fold `unify` over the distinct tags of a column."""
    result: Tag = NULL
    for tag in tags:
        result = unify(result, tag)
        if result == MIXED:
            break
    return MIXED if result == PACKED else result


@lru_cache(maxsize=4096)
def to_json(tag: Tag) -> Any:
    """Form in which a tag is stored in a schema; never to be changed."""
    return tag if isinstance(tag, str) else [to_json(part) for part in tag]


def from_json(stored: Any) -> Tag:
    """Read back what `to_json` gave."""
    return stored if isinstance(stored, str) else tuple(from_json(part) for part in stored)


def describe(tag: Tag) -> str:
    """Short text of a tag for people: ``list<int>``, ``image``, ``{x: float}``."""
    if isinstance(tag, str):
        return tag
    if tag[0] in ("list", "tuple"):
        return f"{tag[0]}<{describe(tag[1])}>"
    if tag[0] == "struct":
        fields = ", ".join(f"{name}: {describe(field)}" for name, field in zip(tag[1], tag[2], strict=True))
        return "{" + fields + "}"
    return str(tag[1])
