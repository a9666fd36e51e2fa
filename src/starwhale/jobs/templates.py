"""Jobs under a name, to be made again and again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, insert, select
from sqlalchemy.orm import Session

from starwhale.catalog.engine import Catalog
from starwhale.catalog.outbox import emit
from starwhale.catalog.tables.templates import JobScheduleRow, JobTemplateRow
from starwhale.core.actor import Actor
from starwhale.core.errors import Conflict, NotFound, StarwhaleError
from starwhale.core.names import check_name
from starwhale.core.permissions import READ_JOB, WRITE_JOB, Permission
from starwhale.jobs.blueprint import Blueprint
from starwhale.jobs.plan import UNKNOWN_FORMAT
from starwhale.kit.suggest import nearest
from starwhale.kit.times import utc_now
from starwhale.projects.service import ProjectService


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRead:
    """A job under a name.

    Attributes:
        created_by: Who has saved it as it is now.
    """

    name: str
    project: str
    blueprint: Blueprint
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class TemplateService:
    """Templates of jobs.

    Args:
        catalog: Where they are written down.
    """

    catalog: Catalog

    def save(
        self, actor: Actor, project: str, name: str, blueprint: Blueprint, *, force: bool = False
    ) -> TemplateRead:
        """Keep a blueprint under a name.

        Args:
            actor: Who keeps it.
            project: Where.
            name: Its name, unique in the project.
            blueprint: What to keep.
            force: In place of one that has the name.

        Raises:
            InvalidName: it cannot be called so.
            Conflict: there is one of this name, and `force` is not set.
        """
        check_name(name, "template")
        with self.catalog.begin() as session:
            number = ProjectService(self.catalog).id_in(session, actor, project, WRITE_JOB)
            there = session.scalar(_named(number, name))
            if there is not None and not force:
                raise Conflict(
                    f"there is a template {name!r} already", hint="use --force, or choose another name"
                )
            if there is None:
                session.execute(insert(JobTemplateRow).values(**_row(number, name, blueprint, actor)))
            else:
                # In place: schedules that name it go on with the new one, as far as its maker's rights reach.
                there.blueprint, there.code = blueprint.to_json(), blueprint.code
                there.created_at, there.created_by = utc_now(), actor.name
            emit(session, actor, "template.saved", {"project": project, "template": name}, project=number)
        return self.get(actor, project, name)

    def get(self, actor: Actor, project: str, name: str) -> TemplateRead:
        """One template.

        Raises:
            NotFound: there is none of this name; the nearest is suggested.
        """
        with self.catalog.read() as session:
            return _read(find_template(self.catalog, session, actor, project, name, READ_JOB), project)

    def list(self, actor: Actor, project: str) -> list[TemplateRead]:
        """All templates of a project, by name."""
        with self.catalog.read() as session:
            number = ProjectService(self.catalog).id_in(session, actor, project, READ_JOB)
            query = select(JobTemplateRow).where(JobTemplateRow.project_id == number)
            return [_read(row, project) for row in session.scalars(query.order_by(JobTemplateRow.name))]

    def remove(self, actor: Actor, project: str, name: str) -> None:
        """Forget a template, and the schedules that name it; jobs that were made of it stay.

        Raises:
            NotFound: there is none of this name.
        """
        with self.catalog.begin() as session:
            row = find_template(self.catalog, session, actor, project, name, WRITE_JOB)
            number, facts = row.project_id, {"project": project}
            of_it = select(JobScheduleRow.name).where(JobScheduleRow.template_id == row.id)
            for each in sorted(session.scalars(of_it)):
                emit(session, actor, "schedule.removed", {**facts, "schedule": each}, project=number)
            session.execute(delete(JobTemplateRow).where(JobTemplateRow.id == row.id))
            emit(session, actor, "template.removed", {**facts, "template": name}, project=number)

    def code_manifests(self) -> list[str]:
        """Digests of the manifests of code that templates run."""
        with self.catalog.read() as session:
            return sorted(set(session.scalars(select(JobTemplateRow.code).where(JobTemplateRow.code != ""))))


def find_template(
    catalog: Catalog, session: Session, actor: Actor, project: str, name: str, wanted: Permission
) -> JobTemplateRow:
    """The row of a template, for whoever may do with it what he wants to do.

    Raises:
        NotFound: there is none of this name; the nearest is suggested.
    """
    number = ProjectService(catalog).id_in(session, actor, project, wanted)
    row = session.scalar(_named(number, name))
    if row is None:
        known = session.scalars(select(JobTemplateRow.name).where(JobTemplateRow.project_id == number))
        near = nearest(name, list(known))
        hint = f"did you mean {near!r}?" if near else "`swcli job template save` makes one"
        raise NotFound(f"no template {name!r} in project {project!r}", hint=hint)
    return row


def _named(project: int, name: str) -> Select[JobTemplateRow]:
    return select(JobTemplateRow).where(JobTemplateRow.project_id == project, JobTemplateRow.name == name)


def _row(project: int, name: str, blueprint: Blueprint, actor: Actor) -> dict[str, object]:
    return {
        "project_id": project,
        "name": name,
        "blueprint": blueprint.to_json(),
        "code": blueprint.code,
        "created_at": utc_now(),
        "created_by": actor.name,
    }


def _read(row: JobTemplateRow, project: str) -> TemplateRead:
    try:
        blueprint = Blueprint.from_json(row.blueprint)
    except (StarwhaleError, TypeError, ValueError, AttributeError):
        blueprint = Blueprint(handler="")
    if not blueprint.handler:
        # It can be listed and removed, and nothing is made of it.
        blueprint = Blueprint(handler="", comment="its content cannot be read", format=UNKNOWN_FORMAT)
    return TemplateRead(
        name=row.name,
        project=project,
        blueprint=blueprint,
        created_at=row.created_at,
        created_by=row.created_by,
    )
