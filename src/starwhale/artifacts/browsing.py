"""Packages as people look at them: one line for each name, its tags, what is in its versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, ColumnElement, and_, cast, func, select

from starwhale.artifacts.found import FOUND, Found
from starwhale.artifacts.repository import ArtifactRepository
from starwhale.catalog.keyset import Key, cut
from starwhale.catalog.tables.artifacts import ArtifactRow, TagRow, VersionRow
from starwhale.core.errors import NotFound
from starwhale.core.page import Page, PageRequest
from starwhale.core.permissions import reading

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from starwhale.artifacts.schemas import VersionRead
    from starwhale.artifacts.service import ArtifactService
    from starwhale.core.actor import Actor
    from starwhale.core.kinds import Kind


class PackageSort(StrEnum):
    """By what a list of packages is sorted."""

    NAME = "name"
    CREATED = "created"
    CHANGED = "changed"
    SIZE = "size"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageFilter:
    """Which packages a list is to show, and in which order.

    Attributes:
        search: Part of the name, upper or lower case.
        owner: Who made one of its versions.
        sort: By what.
        descending: Highest or newest first.
    """

    search: str = ""
    owner: str = ""
    sort: PackageSort = PackageSort.CHANGED
    descending: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageRead:
    """One package.

    Attributes:
        latest: What its bare name means; None where it has no version left.
        versions: How many are in use.
        size: Bytes of all of them, as if each were alone.
        changed_at: When its newest version was made.
        changed_by: Who made that.
    """

    name: str
    created_at: datetime
    created_by: str
    latest: VersionRead | None
    versions: int
    size: int
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRead:
    """A user's tag, and the version that it is on."""

    name: str
    version: str
    seq: int


_SUMS = (
    select(
        VersionRow.artifact_id,
        func.count().label("versions"),
        func.sum(VersionRow.size).label("size"),
        func.max(VersionRow.id).label("newest"),
    )
    .where(VersionRow.removed_at.is_(None))
    .group_by(VersionRow.artifact_id)
    .subquery()
)
_ORDER: dict[PackageSort, ColumnElement[Any]] = {
    PackageSort.NAME: ArtifactRow.name.expression,
    PackageSort.CREATED: ArtifactRow.id.expression,
    PackageSort.CHANGED: cast(func.coalesce(_SUMS.c.newest, 0), BigInteger),
    PackageSort.SIZE: cast(func.coalesce(_SUMS.c.size, 0), BigInteger),
}
_PACKAGE = select(
    ArtifactRow.id,
    ArtifactRow.name,
    ArtifactRow.created_at,
    ArtifactRow.created_by,
    _SUMS.c.versions,
    _SUMS.c.size,
    VersionRow.created_at.label("changed_at"),
    VersionRow.created_by.label("changed_by"),
)


@dataclass(frozen=True, slots=True)
class PackageBrowser:
    """Finds packages.

    Args:
        artifacts: Their rules.
    """

    artifacts: ArtifactService

    def list(
        self,
        actor: Actor,
        project: str,
        kind: Kind,
        chosen: PackageFilter | None = None,
        page: PageRequest | None = None,
    ) -> Page[PackageRead]:
        """One page of the packages of a kind in a project, each with its latest version.

        Raises:
            NotFound: there is no such project.
        """
        chosen, request = chosen or PackageFilter(), page or PageRequest()
        with self.artifacts.catalog.read() as session:
            number = self.artifacts.projects.id_in(session, actor, project, reading(kind))
            where = _conditions(number, kind, chosen)
            total = session.scalar(select(func.count()).select_from(ArtifactRow).where(*where)) or 0
            query = (
                _PACKAGE.select_from(ArtifactRow)
                .outerjoin(_SUMS, _SUMS.c.artifact_id == ArtifactRow.id)
                .outerjoin(VersionRow, VersionRow.id == _SUMS.c.newest)
                .where(*where)
            )
            keys = (Key(_ORDER[chosen.sort], descending=chosen.descending), Key(ArtifactRow.id))
            found = cut(session, query, keys, request)
            heads = _heads(ArtifactRepository(session, number, kind), [row.id for row in found.rows])
            items = tuple(
                PackageRead(
                    name=row.name,
                    created_at=row.created_at,
                    created_by=row.created_by,
                    latest=heads.get(row.id),
                    versions=row.versions or 0,
                    size=int(row.size or 0),
                    changed_at=row.changed_at or row.created_at,
                    changed_by=row.changed_by or row.created_by,
                )
                for row in found.rows
            )
        return Page(items=items, total=total, request=request, next=found.next)

    def tags(
        self, actor: Actor, project: str, kind: Kind, name: str, page: PageRequest | None = None
    ) -> Page[TagRead]:
        """One page of the users' tags of a package, by name.

        Raises:
            NotFound: there is no such package.
        """
        request = page or PageRequest()
        with self.artifacts.catalog.read() as session:
            number = self.artifacts.projects.id_in(session, actor, project, reading(kind))
            artifact = ArtifactRepository(session, number, kind).artifact_id(name)
            if artifact is None:
                raise NotFound(f"no {kind} {name!r} in project {project!r}")
            return _tags(session, artifact, request)


def _conditions(project: int, kind: Kind, chosen: PackageFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        ArtifactRow.project_id == project,
        ArtifactRow.kind == kind.value,
        ArtifactRow.removed_at.is_(None),
    ]
    if chosen.search:
        conditions.append(func.lower(ArtifactRow.name).contains(chosen.search.lower(), autoescape=True))
    if chosen.owner:
        mine = and_(VersionRow.created_by == chosen.owner, VersionRow.removed_at.is_(None))
        conditions.append(ArtifactRow.id.in_(select(VersionRow.artifact_id).where(mine)))
    return conditions


def _heads(artifacts: ArtifactRepository, numbers: Sequence[int]) -> dict[int, VersionRead]:
    """The latest versions of some packages, by the number of the package."""
    query = FOUND.where(
        ArtifactRow.id.in_(numbers),
        VersionRow.seq == ArtifactRow.head_seq,
        VersionRow.removed_at.is_(None),
    )
    found = [Found(*row) for row in artifacts.session.execute(query)]
    reads = artifacts.read_all(found)
    return {each.artifact_id: read for each, read in zip(found, reads, strict=True)}


def _tags(session: Session, artifact: int, request: PageRequest) -> Page[TagRead]:
    used = (TagRow.artifact_id == artifact, VersionRow.removed_at.is_(None))
    joined = select(TagRow.name, VersionRow.version, VersionRow.seq).join(
        VersionRow, VersionRow.id == TagRow.version_id
    )
    total = session.scalar(select(func.count()).select_from(joined.where(*used).subquery())) or 0
    found = cut(session, joined.where(*used), (Key(TagRow.name),), request)
    items = tuple(TagRead(name=name, version=id_, seq=seq) for name, id_, seq, _ in found.rows)
    return Page(items=items, total=total, request=request, next=found.next)
