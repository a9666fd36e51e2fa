"""One version as the catalog tells it, with its artifact and its project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Select, select

from starwhale.artifacts.schemas import VersionRead
from starwhale.catalog.tables.artifacts import ArtifactRow, VersionRow
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.core.kinds import Kind
from starwhale.core.names import LATEST

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


class Found(NamedTuple):
    """One version with what its artifact and project say about it."""

    id: int
    artifact_id: int
    head_seq: int | None
    project: str
    kind: str
    name: str
    version: str
    seq: int
    manifest: str
    parent: str | None
    message: str
    size: int
    meta: dict[str, Any]
    created_at: datetime
    created_by: str
    removed_at: datetime | None
    artifact_removed_at: datetime | None

    def read(self, tags: Iterable[str], *, is_new: bool = False) -> VersionRead:
        """The same for those outside, with the user's `tags`."""
        removed_at = self.artifact_removed_at or self.removed_at
        latest = (LATEST,) if self.seq == self.head_seq and removed_at is None else ()
        return VersionRead(
            project=self.project,
            kind=Kind(self.kind),
            name=self.name,
            version=self.version,
            manifest=self.manifest,
            parent=self.parent,
            message=self.message,
            size=self.size,
            meta=self.meta,
            tags=(*latest, f"v{self.seq}", *sorted(tags)),
            created_at=self.created_at,
            created_by=self.created_by,
            seq=self.seq,
            removed_at=removed_at,
            is_new=is_new,
        )


#: Reads the columns of `Found`, in its order.
FOUND: Select[*tuple[Any, ...]] = (
    select(
        VersionRow.id,
        VersionRow.artifact_id,
        ArtifactRow.head_seq,
        ProjectRow.name.label("project"),
        ArtifactRow.kind,
        ArtifactRow.name,
        VersionRow.version,
        VersionRow.seq,
        VersionRow.manifest,
        VersionRow.parent,
        VersionRow.message,
        VersionRow.size,
        VersionRow.meta,
        VersionRow.created_at,
        VersionRow.created_by,
        VersionRow.removed_at,
        ArtifactRow.removed_at.label("artifact_removed_at"),
    )
    .join(ArtifactRow, VersionRow.artifact_id == ArtifactRow.id)
    .join(ProjectRow, ArtifactRow.project_id == ProjectRow.id)
)
