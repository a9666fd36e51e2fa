"""Queries of projects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, bindparam, delete, false, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from starwhale.catalog.keyset import Key, cut
from starwhale.catalog.table_moves import aside, move_tables
from starwhale.catalog.tables.base import table_of
from starwhale.catalog.tables.events import EventRow
from starwhale.catalog.tables.jobs import JobRow
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.catalog.tables.tablelog import LiveTableRow
from starwhale.core.errors import Conflict
from starwhale.core.page import LARGEST, Page, PageRequest
from starwhale.core.permissions import MANAGE_PROJECT, READ_PROJECT, Role
from starwhale.kit.times import utc_now
from starwhale.projects.schemas import ProjectRead

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from starwhale.core.actor import Actor

_READ = (
    ProjectRow.name,
    ProjectRow.description,
    ProjectRow.created_at,
    ProjectRow.created_by,
    ProjectRow.removed_at,
    ProjectRow.public,
)
# Nearly every call of any service begins with this one, so it is built once, and passes the ORM by.
_PROJECTS = table_of(ProjectRow)
_ID_OF = select(_PROJECTS.c.id, _PROJECTS.c.public).where(
    _PROJECTS.c.name == bindparam("name"), _PROJECTS.c.removed_at.is_(None)
)


@dataclass(frozen=True, slots=True)
class ProjectRepository:
    """Projects as rows of the transaction `session`."""

    session: Session

    def id_of(self, name: str) -> int | None:
        """Number of the project in use under `name`."""
        return self.session.scalar(_ID_OF, {"name": name})

    def find(self, name: str) -> tuple[int, bool] | None:
        """Number of the project in use under `name`, and whether everybody may look into it."""
        row = self.session.execute(_ID_OF, {"name": name}).one_or_none()
        return None if row is None else (row[0], bool(row[1]))

    def removed_id_of(self, actor: Actor, name: str) -> int | None:
        """Number of the project that was removed last under `name`, of those that somebody owns."""
        which = [ProjectRow.name == name, ProjectRow.removed_at.is_not(None), *visible(actor)]
        if not actor.admin:
            which.append(ProjectRow.id.in_(_owned(actor)))
        order = (ProjectRow.removed_at.desc(), ProjectRow.id.desc())
        found = self.session.scalar(select(ProjectRow.id).where(*which).order_by(*order).limit(1))
        return found if found is not None and actor.may(MANAGE_PROJECT, found) else None

    def add(self, name: str, description: str, created_by: str) -> int:
        """Insert a project; its number.

        Raises:
            Conflict: the name is in use.
        """
        now = utc_now()
        row: dict[str, Any] = {"name": name, "description": description, "created_at": now}
        row |= {"created_by": created_by, **self._number()}
        try:
            number = self.session.scalar(insert(ProjectRow).values(row).returning(ProjectRow.id))
        except IntegrityError as exc:
            raise Conflict(f"project {name!r} exists already", hint="use it, or choose another name") from exc
        return int(number or 0)

    def _number(self) -> dict[str, int]:
        """Number of a new project where the database would give that of a purged one again.

        Events keep the number of their project, and those of a purged one are nothing for the next.
        """
        if self.session.get_bind().dialect.name != "sqlite":
            return {}
        known = (func.max(ProjectRow.id), func.max(EventRow.project_id))
        return {"id": 1 + max(self.session.scalar(select(each)) or 0 for each in known)}

    def add_owner(self, number: int, user: int, by: str) -> None:
        """Have a user own a project."""
        # Only a server has members: a worker need not map their tables.
        from starwhale.catalog.tables.accounts import MemberRow

        row = {"project_id": number, "user_id": user, "role": Role.OWNER.value, "created_by": by}
        self.session.execute(insert(MemberRow).values(**row, created_at=utc_now()))

    def get(self, number: int) -> ProjectRead:
        """Read one project that is known to exist."""
        return _read(*self.session.execute(select(*_READ).where(ProjectRow.id == number)).one())

    def names(self, actor: Actor) -> list[str]:
        """Names in use that somebody may know of, for suggestions."""
        query = select(ProjectRow.name).where(ProjectRow.removed_at.is_(None), *visible(actor))
        return list(self.session.scalars(query.limit(LARGEST)))

    def page(self, actor: Actor, request: PageRequest, *, include_removed: bool) -> Page[ProjectRead]:
        """One page of the projects that somebody may look into, by name."""
        alive = ProjectRow.removed_at.is_(None)
        condition = visible(actor)
        if not include_removed:
            condition.append(alive)
        elif not actor.admin:
            condition.append(or_(alive, ProjectRow.id.in_(_owned(actor))))
        total = self.session.scalar(select(func.count()).select_from(ProjectRow).where(*condition)) or 0
        by_name = (Key(ProjectRow.name), Key(ProjectRow.id))
        found = cut(self.session, select(*_READ).where(*condition), by_name, request)
        items = tuple(_read(*row[: len(_READ)]) for row in found.rows)
        return Page(items=items, total=total, request=request, next=found.next)

    def mark(self, number: int, *, removed: bool) -> None:
        """Put the project into the trash, or take it out.

        Its tables are found by its name, which another project may take: they go aside, and come back.
        """
        moment = utc_now() if removed else None
        # First: whoever begins a table meanwhile holds this row, and has ended when we have it.
        marked = update(ProjectRow).where(ProjectRow.id == number).values(removed_at=moment)
        name = self.session.execute(marked.returning(ProjectRow.name)).scalar_one()
        places = (f"{name}/", aside(number))
        move_tables(self.session, *(places if removed else reversed(places)))

    def removed_before(self, moment: datetime, some: Sequence[int] | None = None) -> list[int]:
        """Numbers of the projects that went into the trash before `moment`; of `some` alone, where given."""
        query = select(ProjectRow.id).where(ProjectRow.removed_at < moment)
        return list(self.session.scalars(query if some is None else query.where(ProjectRow.id.in_(some))))

    def purge(self, number: int) -> list[str]:
        """Delete a removed project for ever, with all that is in it; the ids of its jobs."""
        jobs = list(self.session.scalars(select(JobRow.id).where(JobRow.project_id == number)))
        tables = LiveTableRow.path.startswith(aside(number), autoescape=True)
        for statement in (
            delete(LiveTableRow).where(tables),
            delete(ProjectRow).where(ProjectRow.id == number),
        ):
            self.session.execute(statement.execution_options(synchronize_session=False))
        return jobs


def visible(actor: Actor) -> list[ColumnElement[bool]]:
    """What holds for the projects that somebody may look into."""
    if actor.scopes is not None and READ_PROJECT not in actor.scopes:
        return [false()]
    conditions: list[ColumnElement[bool]] = []
    if actor.project is not None:
        conditions.append(ProjectRow.id == actor.project)
    if not actor.admin:
        conditions.append(or_(ProjectRow.public.is_(True), ProjectRow.id.in_(list(actor.roles))))
    return conditions


def _owned(actor: Actor) -> list[int]:
    return [project for project, role in actor.roles.items() if role is Role.OWNER]


def _read(
    name: str,
    description: str,
    created_at: datetime,
    created_by: str,
    removed_at: datetime | None,
    public: bool | None,
) -> ProjectRead:
    return ProjectRead(
        name=name,
        description=description,
        created_at=created_at,
        created_by=created_by,
        removed_at=removed_at,
        public=bool(public),
    )
