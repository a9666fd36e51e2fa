"""The trash of a project: what lies in it, back out of it, gone for ever."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import Integer, Select, String, cast, delete, func, literal, select, union_all

from starwhale.artifacts.repository import ArtifactRepository
from starwhale.catalog.keyset import Key, cut
from starwhale.catalog.outbox import emit
from starwhale.catalog.tables.artifacts import ArtifactRow, VersionRow
from starwhale.catalog.tables.jobs import JobRow
from starwhale.core.errors import Conflict, NotFound
from starwhale.core.instances import LOCAL
from starwhale.core.kinds import Kind
from starwhale.core.page import LARGEST, Page, PageRequest
from starwhale.core.permissions import READ_PROJECT, Action, Permission, Resource, reading, writing
from starwhale.core.uri import JobUri
from starwhale.projects.repository import ProjectRepository

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from starwhale.artifacts.service import ArtifactService
    from starwhale.core.actor import Actor

_ITEM = re.compile(r"(?P<what>package|version)-(?P<number>[1-9][0-9]{0,17})|job-(?P<job>[a-z2-7]{40})")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrashItem:
    """One thing in the trash.

    Attributes:
        item: Its name in the trash.
        kind: What it is.
        name: Name of the package; of a job, its handler.
        version: Id of the version, where it is one of a package that is in use; of a job, its id.
        size: Bytes of content; None where that means nothing.
    """

    item: str
    kind: Kind
    name: str
    version: str | None
    size: int | None
    removed_at: datetime


class Jobs(Protocol):
    """Jobs as far as their trash is concerned."""

    def recover(self, actor: Actor, uri: JobUri) -> object:
        """Take a job out of the trash."""
        ...

    def delete(self, actor: Actor, uri: JobUri) -> object:
        """Forget a job for good, if it lies in the trash."""
        ...


@dataclass(frozen=True, slots=True)
class TrashService:
    """What lies in the trash of projects.

    Args:
        artifacts: Packages.
        jobs: Jobs.
    """

    artifacts: ArtifactService
    jobs: Jobs

    def list(
        self, actor: Actor, project: str, page: PageRequest | None = None, *, kind: Kind | None = None
    ) -> Page[TrashItem]:
        """One page of what lies in the trash of a project as far as the caller may see it, newest first.

        Args:
            kind: Only things of this kind; all by default.

        Raises:
            NotFound: there is no such project.
        """
        request = page or PageRequest()
        with self.artifacts.catalog.read() as session:
            number = self.artifacts.projects.id_in(session, actor, project, READ_PROJECT)
            found = ProjectRepository(session).find(project)
            public = found is not None and found[1]
            wanted = Kind if kind is None else (kind,)
            kinds = [each for each in wanted if actor.may(reading(each), number, public=public)]
            return _page(session, number, kinds, request)

    def restore(self, actor: Actor, project: str, item: str) -> TrashItem:
        """Take something out of the trash.

        Raises:
            NotFound: the trash holds no such thing.
            Forbidden: the caller may not change it.
            Conflict: its name was taken meanwhile, or its package lies in the trash as well.
        """
        with self.artifacts.catalog.begin() as session:
            number = self.artifacts.projects.id_in(session, actor, project, READ_PROJECT)
            found = _find(session, number, item)
            self.artifacts.projects.id_in(session, actor, project, writing(found.kind))
            if found.kind is not Kind.JOB:
                _restore(ArtifactRepository(session, number, found.kind), item, found)
                _tell(session, actor, number, project, found, "recovered")
        if found.kind is Kind.JOB:
            self.jobs.recover(actor, _job(project, found))
        return found

    def purge(self, actor: Actor, project: str, item: str) -> TrashItem:
        """Delete something in the trash for ever.

        Raises:
            NotFound: the trash holds no such thing.
            Forbidden: the caller does not own the project.
        """
        with self.artifacts.catalog.begin() as session:
            number = self.artifacts.projects.id_in(session, actor, project, READ_PROJECT)
            found = _find(session, number, item)
            self.artifacts.projects.id_in(session, actor, project, _managing(found.kind))
            if found.kind is not Kind.JOB:
                _purge(session, item)
                _tell(session, actor, number, project, found, "purged")
        if found.kind is Kind.JOB:
            self.jobs.delete(actor, _job(project, found))
        return found

    def empty(self, actor: Actor, project: str) -> int:
        """Delete all that lies in the trash of a project for ever, but pinned jobs; how many things went.

        Raises:
            NotFound: there is no such project.
            Forbidden: the caller does not own it.
        """
        for kind in Kind:
            self.artifacts.projects.check(actor, project, _managing(kind))
        gone = 0
        while some := self._purge_some(actor, project):
            gone += some
        return gone

    def _purge_some(self, actor: Actor, project: str) -> int:
        gone = 0
        for each in self.list(actor, project, PageRequest(size=LARGEST)):
            # Somebody else was quicker, or the job is pinned.
            with suppress(NotFound, Conflict):
                self.purge(actor, project, each.item)
                gone += 1
        return gone


def _managing(kind: Kind) -> Permission:
    return Permission(Resource(kind.value), Action.MANAGE)


def _job(project: str, found: TrashItem) -> JobUri:
    return JobUri(instance=LOCAL, project=project, job=found.version or "")


def _tell(
    session: Session, actor: Actor, number: int, project: str, found: TrashItem, participle: str
) -> None:
    told = {"project": project, "name": found.name, "version": found.version}
    emit(session, actor, f"{found.kind}.{participle}", told, project=number)


def _restore(artifacts: ArtifactRepository, item: str, found: TrashItem) -> None:
    what, number = _numbered(item)
    if what == "package":
        if artifacts.artifact_id(found.name) is not None:
            raise Conflict(f"another {found.kind} is called {found.name!r} now", hint="remove that one first")
        artifacts.change_artifact(number, removed_at=None)
        return
    query = select(VersionRow.artifact_id, VersionRow.seq).where(VersionRow.id == number)
    artifact, seq = artifacts.session.execute(query).one()
    head = artifacts.lock(artifact)
    artifacts.change_version(number, removed_at=None)
    if head is not None and (head.head_seq is None or head.head_seq < seq):
        artifacts.change_artifact(artifact, head_seq=seq)


def _purge(session: Session, item: str) -> None:
    what, number = _numbered(item)
    table = ArtifactRow if what == "package" else VersionRow
    # Since it was found somebody may have taken it out: only what is still there goes.
    gone = delete(table).where(table.id == number, table.removed_at.is_not(None)).returning(table.id)
    if session.scalar(gone.execution_options(synchronize_session=False)) is None:
        raise _not_there(item)


def _numbered(item: str) -> tuple[str, int]:
    what, _, number = item.partition("-")
    return what, int(number)


def _find(session: Session, project: int, item: str) -> TrashItem:
    match = _ITEM.fullmatch(item)
    query = None
    if match is not None and match["job"]:
        query = _jobs(project).where(JobRow.id == match["job"])
    elif match is not None and match["what"] == "package":
        query = _packages(project).where(ArtifactRow.id == int(match["number"]))
    elif match is not None:
        query = _versions(project).where(VersionRow.id == int(match["number"]))
    row = None if query is None else session.execute(query).one_or_none()
    if row is None:
        raise _not_there(item)
    return _item(*row)


def _not_there(item: str) -> NotFound:
    return NotFound(f"the trash holds no {item[:80]!r}")


def _page(session: Session, project: int, kinds: list[Kind], request: PageRequest) -> Page[TrashItem]:
    names = [each.value for each in kinds]
    parts: list[Select[*tuple[Any, ...]]] = [
        _packages(project).where(ArtifactRow.kind.in_(names)),
        _versions(project).where(ArtifactRow.kind.in_(names)),
    ]
    if Kind.JOB in kinds:
        parts.append(_jobs(project))
    whole = union_all(*parts).subquery()
    total = session.scalar(select(func.count()).select_from(whole)) or 0
    newest_first = (
        Key(whole.c.removed_at, descending=True),
        Key(whole.c.what),
        Key(whole.c.item, descending=True),
    )
    found = cut(session, select(whole), newest_first, request)
    items = tuple(_item(*row[: len(whole.c)]) for row in found.rows)
    return Page(items=items, total=total, request=request, next=found.next)


def _packages(project: int) -> Select[*tuple[Any, ...]]:
    size = (
        select(func.coalesce(func.sum(VersionRow.size), 0))
        .where(VersionRow.artifact_id == ArtifactRow.id)
        .correlate(ArtifactRow)
        .scalar_subquery()
    )
    return select(
        literal("package").label("what"),
        cast(ArtifactRow.id, String()).label("item"),
        ArtifactRow.kind.label("kind"),
        ArtifactRow.name.label("name"),
        literal(None, String()).label("version"),
        size.label("size"),
        ArtifactRow.removed_at.label("removed_at"),
    ).where(ArtifactRow.project_id == project, ArtifactRow.removed_at.is_not(None))


def _versions(project: int) -> Select[*tuple[Any, ...]]:
    return (
        select(
            literal("version").label("what"),
            cast(VersionRow.id, String()).label("item"),
            ArtifactRow.kind.label("kind"),
            ArtifactRow.name.label("name"),
            VersionRow.version.label("version"),
            VersionRow.size.label("size"),
            VersionRow.removed_at.label("removed_at"),
        )
        .join(ArtifactRow, ArtifactRow.id == VersionRow.artifact_id)
        .where(
            ArtifactRow.project_id == project,
            ArtifactRow.removed_at.is_(None),
            VersionRow.removed_at.is_not(None),
        )
    )


def _jobs(project: int) -> Select[*tuple[Any, ...]]:
    return select(
        literal("job").label("what"),
        JobRow.id.label("item"),
        literal(Kind.JOB.value).label("kind"),
        JobRow.handler.label("name"),
        JobRow.id.label("version"),
        literal(None, Integer()).label("size"),
        JobRow.removed_at.label("removed_at"),
    ).where(JobRow.project_id == project, JobRow.removed_at.is_not(None))


def _item(
    what: str, item: str, kind: str, name: str, version: str | None, size: int | None, removed_at: datetime
) -> TrashItem:
    return TrashItem(
        item=f"{what}-{item}",
        kind=Kind(kind),
        name=name,
        version=version,
        size=None if size is None else int(size),
        removed_at=removed_at,
    )
