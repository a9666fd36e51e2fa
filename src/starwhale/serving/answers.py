"""What a function returned, as bytes for the client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from starwhale.core.types.link import Link
from starwhale.core.types.optional import is_a
from starwhale.core.types.text import Text
from starwhale.serving.media import is_media, media_bytes, media_document

JSON = b"application/json"
_OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole body."""

    body: bytes
    content_type: bytes = JSON
    name: str = ""


def answer_of(value: Any, *, raw: bool = True) -> Answer:
    """The body of a result.

    Args:
        value: What a function returned.
        raw: A lone picture, sound or the like is its own bytes rather than JSON.

    Raises:
        TypeError: nothing says how to write it as JSON.
    """
    if raw and is_media(value) and not isinstance(value, Text):
        found = media_bytes(value)
        return Answer(body=found.data, content_type=found.mime.encode("ascii", "replace"), name=found.name)
    return Answer(body=to_json(value))


def to_json(value: Any) -> bytes:
    """JSON of whatever functions of users return; what is not a number becomes null.

    Raises:
        TypeError: nothing says how to write it.
    """
    try:
        return orjson.dumps(value, default=_plain, option=_OPTIONS)
    except orjson.JSONEncodeError as exc:
        if isinstance(exc.__cause__, TypeError):
            raise exc.__cause__ from None
        raise


def _plain(value: Any) -> Any:
    if is_media(value):
        return media_document(value)
    if isinstance(value, set | frozenset | Mapping):
        return dict(value) if isinstance(value, Mapping) else list(value)
    if isinstance(value, Link):
        return value.asdict()
    if hasattr(value, "model_dump"):
        return value.model_dump()
    if is_a(value, "pandas", "DataFrame"):
        return value.to_dict(orient="records")
    for method in ("tolist", "to_list", "asdict", "to_dict"):  # arrays and tensors, and what knows itself
        if callable(getattr(value, method, None)):
            return getattr(value, method)()
    if hasattr(value, "__iter__"):
        return list(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
