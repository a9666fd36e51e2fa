"""Queries of what came of what; each is one statement, however much there is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Row, Select, Text, cast, func, select

from starwhale.artifacts.found import FOUND
from starwhale.catalog.keyset import Key, cut
from starwhale.catalog.tables.artifacts import ArtifactRow, VersionRow
from starwhale.catalog.tables.jobs import JobMarkRow, JobRow
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.core.kinds import Kind
from starwhale.core.page import Page
from starwhale.core.permissions import READ_JOB, reading
from starwhale.jobs.lineage_schemas import Link
from starwhale.jobs.readings import job_of
from starwhale.projects.repository import visible

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from starwhale.core.actor import Actor
    from starwhale.core.page import PageRequest
    from starwhale.jobs.schemas import JobRead

_JOBS: Select[Any, Any, Any, Any, Any] = (
    select(JobRow, ProjectRow.name, JobMarkRow, ProjectRow.id, ProjectRow.public)
    .join(ProjectRow, ProjectRow.id == JobRow.project_id)
    .outerjoin(JobMarkRow, JobMarkRow.job_id == JobRow.id)
)
_NEWEST = (Key(JobRow.created_at, descending=True), Key(JobRow.id))
_VERSIONS = FOUND.add_columns(VersionRow.job, ProjectRow.id, ProjectRow.public)


@dataclass(frozen=True, slots=True)
class LineageQueries:
    """Jobs and versions, as far as somebody may see them, in the transaction `session`."""

    session: Session
    actor: Actor

    def using(self, kind: Kind, version: str, request: PageRequest) -> Page[JobRead]:
        """One page of the jobs that used a version, the newest first.

        A version that is shared is the same wherever it lies, so jobs count that found it elsewhere.
        """
        where = [_uses(kind, version), *self._open_jobs()]
        counted = (
            select(func.count()).select_from(JobRow).join(ProjectRow, ProjectRow.id == JobRow.project_id)
        )
        total = self.session.scalar(counted.where(*where)) or 0
        found = cut(self.session, _JOBS.where(*where), _NEWEST, request)
        return Page(items=tuple(self._jobs_of(found.rows)), total=total, request=request, next=found.next)

    def maker(self, kind: Kind, version: str) -> JobRead | None:
        """The job that made a version; None where none did, or he may not see it.

        A version that is shared is the same wherever it lies: it was made where it was made first.
        """
        made = select(VersionRow.job).join(ArtifactRow, ArtifactRow.id == VersionRow.artifact_id)
        made = made.where(VersionRow.version == version, ArtifactRow.kind == kind.value)
        first = made.where(VersionRow.job.is_not(None)).order_by(VersionRow.id).limit(1).scalar_subquery()
        return next(iter(self._read_jobs(_JOBS.where(JobRow.id == first, *self._open_jobs()))), None)

    def open_projects(self, names: Collection[str], kind: Kind) -> set[str]:
        """Those of some projects in which he may see packages of a kind."""
        query = select(ProjectRow.id, ProjectRow.name, ProjectRow.public)
        query = query.where(ProjectRow.name.in_(names), ProjectRow.removed_at.is_(None))
        return {
            name
            for number, name, public in self.session.execute(query)
            if self.actor.may(reading(kind), number, public=bool(public))
        }

    def versions(self, ids: Collection[str]) -> list[Link]:
        """Versions by their ids, those in the trash too, wherever he may see them."""
        return [link for link, _ in self._links(VersionRow.version.in_(ids))]

    def made_by(self, jobs: Collection[str]) -> Mapping[str, Sequence[Link]]:
        """The versions that jobs have made, by job."""
        found: dict[str, list[Link]] = {}
        for link, job in self._links(VersionRow.job.in_(jobs)):
            found.setdefault(job or "", []).append(link)
        return found

    def _links(self, where: ColumnElement[bool]) -> list[tuple[Link, str | None]]:
        query = _VERSIONS.where(where, ProjectRow.removed_at.is_(None), *visible(self.actor))
        found: list[tuple[Link, str | None]] = []
        for row in self.session.execute(query.order_by(VersionRow.id)):
            kind = Kind(row.kind)
            if not self.actor.may(reading(kind), row[-2], public=bool(row[-1])):
                continue
            link = Link(
                kind=kind,
                project=row.project,
                name=row.name,
                version=row.version,
                seq=row.seq,
                removed=row.removed_at is not None or row.artifact_removed_at is not None,
            )
            found.append((link, row[-3]))
        return found

    def _open_jobs(self) -> list[ColumnElement[bool]]:
        return [JobRow.removed_at.is_(None), ProjectRow.removed_at.is_(None), *visible(self.actor)]

    def _read_jobs(self, query: Select[Any, Any, Any, Any, Any]) -> list[JobRead]:
        return self._jobs_of(self.session.execute(query).all())

    def _jobs_of(self, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[JobRead]:
        return [
            job_of(row, project, mark, {})
            for row, project, mark, number, public, *_ in rows
            if self.actor.may(READ_JOB, number, public=bool(public))
        ]


def _uses(kind: Kind, version: str) -> ColumnElement[bool]:
    """What holds for jobs whose plan names a version."""
    if kind is Kind.DATASET:
        # Of steps, of the run, or to validate on; nothing else in a plan is just the id.
        return cast(JobRow.plan, Text).contains(f'"{version}"', autoescape=True)
    return JobRow.plan[kind.value].as_string().endswith(f"/version/{version}", autoescape=True)
