"""What the service of views, panels and reports hands out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from starwhale.core.actor import Actor


class DocumentKind(StrEnum):
    """What a document is."""

    VIEW = "view"
    PANEL = "panel"
    REPORT = "report"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRead:
    """One view, panel or report.

    Attributes:
        place: Which grid it belongs to; empty for none.
        content: What it says; empty in lists.
        preferred: Whether it is shown where nobody chose another.
        revision: Counts its changes.
        published: Whether everybody who has its link may read it.
    """

    id: int
    kind: DocumentKind
    place: str
    name: str
    content: Mapping[str, Any]
    preferred: bool
    revision: int
    published: bool
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A published report, and whoever reads its tables for everybody.

    Attributes:
        project: Name of its project.
        reader: May read the tables of this project and nothing else.
        document: The report.
    """

    project: str
    reader: Actor
    document: DocumentRead
