"""What all bodies of requests have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Form(BaseModel):
    """A body of a request; fields that are not known are refused, not passed over."""

    model_config = ConfigDict(frozen=True, extra="forbid")
