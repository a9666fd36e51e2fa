"""Queries of projects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from starwhale.catalog.tables.projects import ProjectRow
from starwhale.core.errors import Conflict
from starwhale.core.page import LARGEST, Page, PageRequest
from starwhale.kit.times import utc_now
from starwhale.projects.schemas import ProjectRead

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

_READ = (
    ProjectRow.name,
    ProjectRow.description,
    ProjectRow.created_at,
    ProjectRow.created_by,
    ProjectRow.removed_at,
)
# Nearly every call of any service begins with this one, so it is built once.
_ID_OF = select(ProjectRow.id).where(ProjectRow.name == bindparam("name"), ProjectRow.removed_at.is_(None))


@dataclass(frozen=True, slots=True)
class ProjectRepository:
    """Projects as rows of the transaction `session`."""

    session: Session

    def id_of(self, name: str) -> int | None:
        """Number of the project in use under `name`."""
        return self.session.scalar(_ID_OF, {"name": name})

    def removed_id_of(self, name: str) -> int | None:
        """Number of the project that was removed last under `name`."""
        return self.session.scalar(
            select(ProjectRow.id)
            .where(ProjectRow.name == name, ProjectRow.removed_at.is_not(None))
            .order_by(ProjectRow.removed_at.desc(), ProjectRow.id.desc())
            .limit(1)
        )

    def add(self, name: str, description: str, created_by: str) -> ProjectRead:
        """Insert a project.

        Raises:
            Conflict: the name is in use.
        """
        now = utc_now()
        row = {"name": name, "description": description, "created_at": now, "created_by": created_by}
        try:
            self.session.execute(insert(ProjectRow).values(row))
        except IntegrityError as exc:
            raise Conflict(f"project {name!r} exists already", hint="use it, or choose another name") from exc
        return ProjectRead(name=name, description=description, created_at=now, created_by=created_by)

    def get(self, number: int) -> ProjectRead:
        """Read one project that is known to exist."""
        return _read(*self.session.execute(select(*_READ).where(ProjectRow.id == number)).one())

    def names(self) -> list[str]:
        """Names in use, for suggestions."""
        query = select(ProjectRow.name).where(ProjectRow.removed_at.is_(None)).limit(LARGEST)
        return list(self.session.scalars(query))

    def page(self, request: PageRequest, *, include_removed: bool) -> Page[ProjectRead]:
        """One page of the projects by name."""
        condition = [] if include_removed else [ProjectRow.removed_at.is_(None)]
        total = self.session.scalar(select(func.count()).select_from(ProjectRow).where(*condition)) or 0
        rows = self.session.execute(
            select(*_READ)
            .where(*condition)
            .order_by(ProjectRow.name, ProjectRow.id)
            .offset(request.offset)
            .limit(request.size)
        )
        return Page(items=tuple(_read(*row) for row in rows), total=total, request=request)

    def mark(self, number: int, *, removed: bool) -> None:
        """Put the project into the trash, or take it out."""
        moment = utc_now() if removed else None
        self.session.execute(update(ProjectRow).where(ProjectRow.id == number).values(removed_at=moment))


def _read(
    name: str, description: str, created_at: datetime, created_by: str, removed_at: datetime | None
) -> ProjectRead:
    return ProjectRead(
        name=name,
        description=description,
        created_at=created_at,
        created_by=created_by,
        removed_at=removed_at,
    )
