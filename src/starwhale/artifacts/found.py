"""One version as the catalog tells it, with its artifact and its project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Select, select

from starwhale.artifacts.schemas import VersionRead
from starwhale.catalog.tables.artifacts import ArtifactRow, VersionRow
from starwhale.catalog.tables.base import table_of
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.core.kinds import Kind
from starwhale.core.names import LATEST

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

_VERSIONS, _ARTIFACTS = table_of(VersionRow), table_of(ArtifactRow)
_PROJECTS = table_of(ProjectRow)


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
        _VERSIONS.c.id,
        _VERSIONS.c.artifact_id,
        _ARTIFACTS.c.head_seq,
        _PROJECTS.c.name.label("project"),
        _ARTIFACTS.c.kind,
        _ARTIFACTS.c.name,
        _VERSIONS.c.version,
        _VERSIONS.c.seq,
        _VERSIONS.c.manifest,
        _VERSIONS.c.parent,
        _VERSIONS.c.message,
        _VERSIONS.c.size,
        _VERSIONS.c.meta,
        _VERSIONS.c.created_at,
        _VERSIONS.c.created_by,
        _VERSIONS.c.removed_at,
        _ARTIFACTS.c.removed_at.label("artifact_removed_at"),
    )
    .join(_ARTIFACTS, _VERSIONS.c.artifact_id == _ARTIFACTS.c.id)
    .join(_PROJECTS, _ARTIFACTS.c.project_id == _PROJECTS.c.id)
)
