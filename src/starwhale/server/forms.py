"""What all bodies of requests have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, ConfigDict, model_validator

#: The largest number of a row, on both databases.
LARGEST_NUMBER = 2**63 - 1
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


def _has_zero(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    return isinstance(value, list) and any(isinstance(each, str) and "\0" in each for each in value)
