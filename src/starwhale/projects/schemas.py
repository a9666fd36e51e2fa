"""What the services of projects hand out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectRead:
    """One project.

    Attributes:
        removed_at: Since when it lies in the trash; None while it is in use.
        public: Whether everybody may look into it.
    """

    name: str
    description: str
    created_at: datetime
    created_by: str
    removed_at: datetime | None = None
    public: bool = False
