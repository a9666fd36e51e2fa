"""What all bodies of requests have in common."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, cast

from fastapi import Path
from pydantic import BaseModel, ConfigDict, model_validator

#: The largest number of a row, on both databases.
LARGEST_NUMBER = 2**63 - 1
_HALF = re.compile(r"[\ud800-\udfff]")
#: The number of something as a part of a path.
Number = Annotated[int, Path(ge=0, le=LARGEST_NUMBER)]


class Form(BaseModel):
    """A body of a request; fields that are not known are refused, not passed over."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _has_no_zero_bytes(cls, given: Any) -> Any:
        # PostgreSQL holds no text with a zero byte.
        if isinstance(given, Mapping) and any(map(_has_zero, given.values())):
            raise ValueError("a text may not hold the character U+0000")
        return given

    @model_validator(mode="before")
    @classmethod
    def _is_text(cls, given: Any) -> Any:
        # JSON can write halves of letters, which are no text anywhere else.
        if _has_half_letters(given):
            raise ValueError("a text may not hold one half of a surrogate pair")
        return given


def _has_half_letters(given: Any) -> bool:
    waiting: list[Any] = [given]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            if not value.isascii() and _HALF.search(value):
                return True
        elif isinstance(value, Mapping):
            mapping = cast("Mapping[Any, Any]", value)
            waiting += [*mapping.keys(), *mapping.values()]
        elif isinstance(value, list):
            waiting += cast("list[Any]", value)
    return False


def _has_zero(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    return isinstance(value, list) and any(isinstance(each, str) and "\0" in each for each in value)
