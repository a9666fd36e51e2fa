"""Projects as people look at them: found, counted, described."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, func, or_, select, update

from starwhale.catalog.keyset import Key, cut
from starwhale.catalog.outbox import emit
from starwhale.catalog.tables.artifacts import ArtifactRow
from starwhale.catalog.tables.events import EventRow
from starwhale.catalog.tables.jobs import JobRow
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.core.errors import UsageError
from starwhale.core.kinds import Kind
from starwhale.core.page import Page, PageRequest
from starwhale.core.permissions import MANAGE_PROJECT, READ_JOB, READ_PROJECT, WRITE_PROJECT, Role, reading
from starwhale.core.revisions import check_revision, revision_of
from starwhale.projects.repository import ProjectRepository, visible
from starwhale.projects.schemas import (
    ProjectCard,
    ProjectCounts,
    ProjectDetail,
    ProjectFilter,
    ProjectRead,
    ProjectSort,
    Removed,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from starwhale.core.actor import Actor
    from starwhale.projects.service import ProjectService

LONGEST_DESCRIPTION = 10_000
LONGEST_README = 1 << 20
_KINDS = {Kind.DATASET: "datasets", Kind.MODEL: "models", Kind.RUNTIME: "runtimes"}
_NEWEST = (
    select(EventRow.id).where(EventRow.project_id == ProjectRow.id).order_by(EventRow.id.desc()).limit(1)
)
_CHANGED = (
    select(EventRow.at).where(EventRow.project_id == ProjectRow.id).order_by(EventRow.id.desc()).limit(1)
)
_ORDER: dict[ProjectSort, ColumnElement[Any]] = {
    ProjectSort.NAME: ProjectRow.name.expression,
    ProjectSort.CREATED: ProjectRow.created_at.expression,
    ProjectSort.CHANGED: func.coalesce(_NEWEST.correlate(ProjectRow).scalar_subquery(), 0),
}
_CARD = (
    ProjectRow.id,
    ProjectRow.name,
    ProjectRow.description,
    ProjectRow.created_at,
    ProjectRow.created_by,
    ProjectRow.removed_at,
    ProjectRow.public,
    _CHANGED.correlate(ProjectRow).scalar_subquery().label("changed_at"),
)
_NAMES = [each.key for each in _CARD]


@dataclass(frozen=True, slots=True)
class ProjectBrowser:
    """Finds and describes projects.

    Args:
        projects: Their rules.
    """

    projects: ProjectService

    def list(
        self, actor: Actor, chosen: ProjectFilter | None = None, page: PageRequest | None = None
    ) -> Page[ProjectCard]:
        """One page of the projects that the caller may look into.

        What is in them is counted for all of the page at once.
        """
        chosen, request = chosen or ProjectFilter(), page or PageRequest()
        condition = _conditions(actor, chosen)
        keys = (Key(_ORDER[chosen.sort], descending=chosen.descending), Key(ProjectRow.id))
        with self.projects.catalog.read() as session:
            total = session.scalar(select(func.count()).select_from(ProjectRow).where(*condition)) or 0
            found = cut(session, select(*_CARD).where(*condition), keys, request)
            cards = _cards(session, actor, [dict(zip(_NAMES, row, strict=False)) for row in found.rows])
        return Page(items=tuple(cards), total=total, request=request, next=found.next)

    def get(self, actor: Actor, name: str) -> ProjectDetail:
        """One project in full.

        Raises:
            NotFound: there is none of that name.
        """
        with self.projects.catalog.read() as session:
            return _detail(session, actor, self.projects.id_in(session, actor, name, READ_PROJECT))

    def create(self, actor: Actor, name: str, *, description: str = "") -> ProjectDetail:
        """Make a project; see `ProjectService.create`."""
        self.projects.create(actor, name, description=description)
        with self.projects.catalog.read() as session:
            number = ProjectRepository(session).id_of(name)
            assert number is not None
            # The caller came in before there was anything that he could own.
            owner = actor if actor.user is None else replace(actor, roles={**actor.roles, number: Role.OWNER})
            return _detail(session, owner, number)

    def change(
        self,
        actor: Actor,
        name: str,
        *,
        description: str | None = None,
        readme: str | None = None,
        public: bool | None = None,
        expected: str | None = None,
    ) -> ProjectDetail:
        """Describe a project anew; what is None stays.

        Args:
            actor: An owner of the project.
            name: The project.
            description: One or a few sentences.
            readme: Markdown.
            public: Whether everybody may look into it.
            expected: The `revision` that he has seen; None to change whatever is there.

        Raises:
            NotFound: there is no such project.
            Forbidden: he does not own it.
            Outdated: somebody else has changed it since.
            UsageError: a text is too long.
        """
        _check_lengths(description, readme)
        with self.projects.catalog.begin() as session:
            wanted = WRITE_PROJECT if public is None else MANAGE_PROJECT
            number = self.projects.id_in(session, actor, name, wanted)
            # Held until the end, so that what is compared is what is changed.
            session.execute(select(ProjectRow.id).where(ProjectRow.id == number).with_for_update())
            before = _texts(session, number)
            check_revision(expected, _revision(before), f"project {name!r}")
            given = {"description": description, "readme": readme, "public": public}
            changed = {key: value for key, value in given.items() if value is not None}
            changed = {key: value for key, value in changed.items() if value != before[key]}
            if changed:
                session.execute(update(ProjectRow).where(ProjectRow.id == number).values(**changed))
                told: dict[str, Any] = {"project": name, "fields": sorted(changed)}
                if public is not None:
                    told["public"] = public
                emit(session, actor, "project.changed", told, project=number)
            return _detail(session, actor, number)


def _check_lengths(description: str | None, readme: str | None) -> None:
    if description is not None and len(description) > LONGEST_DESCRIPTION:
        raise UsageError(f"a description has at most {LONGEST_DESCRIPTION:,} characters")
    if readme is not None and len(readme.encode(errors="replace")) > LONGEST_README:
        raise UsageError("a README has at most 1 MiB")


def _conditions(actor: Actor, chosen: ProjectFilter) -> list[ColumnElement[bool]]:
    conditions = visible(actor)
    alive = ProjectRow.removed_at.is_(None)
    owned = [project for project, role in actor.roles.items() if role is Role.OWNER]
    if chosen.removed is Removed.HIDDEN:
        conditions.append(alive)
    elif not actor.admin:
        conditions.append(or_(alive, ProjectRow.id.in_(owned)))
    if chosen.removed is Removed.ONLY:
        conditions.append(ProjectRow.removed_at.is_not(None))
    if chosen.mine:
        conditions.append(ProjectRow.id.in_(list(actor.roles)))
    if chosen.public:
        conditions.append(ProjectRow.public.is_(True))
    if chosen.search:
        word = chosen.search.lower()
        texts = (ProjectRow.name, ProjectRow.description)
        conditions.append(or_(*(func.lower(each).contains(word, autoescape=True) for each in texts)))
    return conditions


def _cards(session: Session, actor: Actor, rows: Sequence[Mapping[Any, Any]]) -> list[ProjectCard]:
    counted = _counted(session, [row["id"] for row in rows])
    return [_card(actor, row, counted.get(row["id"], {})) for row in rows]


def _card(actor: Actor, row: Mapping[Any, Any], counted: Mapping[str, int]) -> ProjectCard:
    number, public = row["id"], bool(row["public"])
    may = {name: actor.may(reading(kind), number, public=public) for kind, name in _KINDS.items()}
    may["jobs"] = actor.may(READ_JOB, number, public=public)
    known = {name: counted.get(name, 0) if seen else None for name, seen in may.items()}
    project = ProjectRead(
        name=row["name"],
        description=row["description"],
        created_at=row["created_at"],
        created_by=row["created_by"],
        removed_at=row["removed_at"],
        public=public,
    )
    return ProjectCard(
        project=project,
        changed_at=row["changed_at"] or row["created_at"],
        role=actor.roles.get(number),
        counts=ProjectCounts(**known),
    )


def _counted(session: Session, numbers: Iterable[int]) -> dict[int, dict[str, int]]:
    """What is in some projects, by their numbers: two queries, however many they are."""
    wanted = list(numbers)
    found: dict[int, dict[str, int]] = {}
    packages = (
        select(ArtifactRow.project_id, ArtifactRow.kind, func.count())
        .where(ArtifactRow.project_id.in_(wanted), ArtifactRow.removed_at.is_(None))
        .group_by(ArtifactRow.project_id, ArtifactRow.kind)
    )
    for project, kind, count in session.execute(packages):
        if kind in _KINDS:
            found.setdefault(project, {})[_KINDS[Kind(kind)]] = count
    jobs = (
        select(JobRow.project_id, func.count())
        .where(JobRow.project_id.in_(wanted), JobRow.removed_at.is_(None))
        .group_by(JobRow.project_id)
    )
    for project, count in session.execute(jobs):
        found.setdefault(project, {})["jobs"] = count
    return found


def _texts(session: Session, number: int) -> dict[str, Any]:
    query = select(ProjectRow.description, ProjectRow.readme, ProjectRow.public).where(
        ProjectRow.id == number
    )
    description, readme, public = session.execute(query).one()
    return {"description": description, "readme": readme or "", "public": bool(public)}


def _detail(session: Session, actor: Actor, number: int) -> ProjectDetail:
    row = dict(session.execute(select(*_CARD).where(ProjectRow.id == number)).mappings().one())
    texts = _texts(session, number)
    (card,) = _cards(session, actor, [row])
    return ProjectDetail(card=card, readme=texts["readme"], revision=_revision(texts))


def _revision(texts: Mapping[str, Any]) -> str:
    return revision_of(texts["description"], texts["readme"], bool(texts["public"]))
