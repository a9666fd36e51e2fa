"""What all bodies of requests have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Self, cast

from fastapi import Path
from pydantic import BaseModel, ConfigDict, SecretStr, model_validator

#: The largest number of a row, on both databases.
LARGEST_NUMBER = 2**63 - 1
#: The number of something as a part of a path.
Number = Annotated[int, Path(ge=0, le=LARGEST_NUMBER)]
_MANY = (list, tuple, set, frozenset)


class Form(BaseModel):
    """A body of a request; fields that are not known are refused, not passed over."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="after")
    def _has_no_zero_bytes(self) -> Self:
        # PostgreSQL holds no text with a zero byte. What is not valid is not looked at: it may be long.
        if any(map(_has_zero, self.__dict__.values())):
            raise ValueError("a text may not hold the character U+0000")
        return self


def _has_zero(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, SecretStr):
        return "\0" in value.get_secret_value()
    texts = cast("Iterable[Any]", value) if isinstance(value, _MANY) else ()
    return any(isinstance(each, str) and "\0" in each for each in texts)
