"""Descriptions of media: how attributes are stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from starwhale.core.errors import UsageError
from starwhale.core.types.dtypes import dtype_name
from starwhale.core.types.link import Link
from starwhale.core.types.mime import MIMEType

Shape = Sequence[int | None]

COMMON = frozenset({"display_name", "mime_type", "shape", "dtype", "encoding", "link"})
"""Attributes that every media type has."""

SHOWN = frozenset({"mime_type", "shape", "dtype", "encoding", "as_mask"})
"""Attributes that are worth a place in a short text."""


def description(**own: Any) -> Mapping[str, Any]:
    """Stored form of a description of which nothing was given, with what a class has of its own."""
    common = {"display_name": "", "mime_type": MIMEType.UNDEFINED.value, "shape": [], "dtype": "uint8"}
    return MappingProxyType({**common, "encoding": "", "link": None, **own})


def stored(key: str, value: Any) -> Any:
    """Stored form of the attribute `key`.

    Raises:
        UsageError: it cannot have this value.
    """
    convert = _STORED.get(key)
    return value if convert is None else convert(value)


def _shape(value: Iterable[Any]) -> list[int | None]:
    try:
        shape = [None if size is None else int(size) for size in value]
    except (TypeError, ValueError):
        raise UsageError(f"shape must be a sequence of lengths, not {value!r}") from None
    if any(size is not None and size < 0 for size in shape):
        raise UsageError(f"shape {value!r} has a negative length")
    return shape


def _mime(value: MIMEType | str) -> str:
    try:
        return MIMEType(value).value
    except ValueError:
        raise UsageError(
            f"unknown mime type {value!r}", hint=f"known are {', '.join(kind.value for kind in MIMEType)}"
        ) from None


def _link(value: Any) -> dict[str, Any]:
    if not isinstance(value, Link):
        raise UsageError(f"link must be a Link, not {value!r}")
    return value.to_plain()


_STORED: Mapping[str, Callable[[Any], Any]] = {
    "shape": _shape,
    "mime_type": _mime,
    "dtype": dtype_name,
    "link": _link,
    "display_name": str,
    "mask_uri": str,
    "as_mask": bool,
}
