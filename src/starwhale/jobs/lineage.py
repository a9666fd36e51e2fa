"""Where versions came from and what became of them, as far as whoever asks may know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from starwhale.core.kinds import Kind
from starwhale.core.page import Page, PageRequest
from starwhale.core.permissions import READ_JOB
from starwhale.jobs.lineage_queries import LineageQueries
from starwhale.jobs.lineage_schemas import Lineage, LineageJob, Link, LinkRole, Use
from starwhale.jobs.lookup import as_shown
from starwhale.jobs.plan_addresses import meant_here
from starwhale.kit.times import utc_now

if TYPE_CHECKING:
    from starwhale.artifacts.schemas import VersionRead
    from starwhale.artifacts.service import ArtifactService
    from starwhale.core.actor import Actor
    from starwhale.core.uri import ArtifactUri
    from starwhale.jobs.schemas import JobRead

#: Versions that are told of one job at most; those of a whole page are looked up in one statement.
MOST = 30
#: Name and version of the runtime that is packed in a version of a model.
Packed = Callable[["VersionRead"], tuple[str, str] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A version as the plan of a job names it."""

    kind: Kind
    project: str
    name: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineageService:
    """Tells what came of what.

    Args:
        artifacts: Versions.
        packed: Finds the runtime in a model.
        patience: How long nobody need hear of whoever runs a job before it counts as lost.
    """

    artifacts: ArtifactService
    packed: Packed
    patience: timedelta

    def of(self, actor: Actor, uri: ArtifactUri, page: PageRequest | None = None) -> Lineage:
        """The lineage of one version. What lies in projects that are closed to the caller is not named.

        Args:
            actor: Who asks.
            uri: The version.
            page: Which of the jobs that used it.

        Raises:
            NotFound: there is no such version.
        """
        version, request = self.artifacts.resolve(actor, uri), page or PageRequest()
        packed = self.packed(version) if version.kind is Kind.MODEL else None
        with self.artifacts.catalog.read() as session:
            queries = LineageQueries(session, actor)
            found: Page[JobRead] = Page(items=(), total=0, request=request)
            maker = None
            if actor.scopes is None or READ_JOB in actor.scopes:
                found = queries.using(version.kind, version.version, request)
                maker = queries.maker(version.kind, version.version)
            mine = Named(
                kind=version.kind, project=version.project, name=version.name, version=version.version
            )
            parent = _parent(version, mine)
            runtime = None
            if packed is not None:
                name, id_ = packed
                runtime = Named(kind=Kind.RUNTIME, project=version.project, name=name, version=id_)
            told = found.items if maker is None else (*found.items, maker)
            wanted = [*(named for job in told for _, named in uses_of(job)[:MOST]), mine]
            wanted += [each for each in (parent, runtime) if each is not None]
            links = Links.found(queries, wanted)
            made = queries.made_by({job.id for job in told}) if told else {}
        shown = tuple(self._job(job, links, made.get(job.id, ())) for job in found.items)
        return Lineage(
            version=links.of(mine),
            parent=parent and links.of(parent),
            runtime=runtime and links.anywhere(runtime),
            maker=maker and self._job(maker, links, made.get(maker.id, ())),
            jobs=Page(items=shown, total=found.total, request=request, next=found.next),
        )

    def _job(self, job: JobRead, links: Links, made: Sequence[Link]) -> LineageJob:
        shown, used = as_shown(job, utc_now(), self.patience), uses_of(job)
        uses = [Use(role=role, link=links.of(named)) for role, named in used[:MOST]]
        uses += [Use(role=LinkRole.MADE, link=link) for link in made[:MOST]]
        return LineageJob(
            id=job.id,
            project=job.project,
            handler=job.handler,
            state=shown.state,
            created_at=job.created_at,
            created_by=job.created_by,
            uses=tuple(uses),
            more=len(used) + len(made) - len(uses),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """What is known of versions that are named somewhere.

    Attributes:
        known: Those that are there, and may be seen.
        open: Projects that may be looked into, by kind.
    """

    known: Mapping[Named, Link]
    open: Mapping[Kind, set[str]] = field(default_factory=dict[Kind, "set[str]"])

    @classmethod
    def found(cls, queries: LineageQueries, wanted: Iterable[Named]) -> Links:
        """Look up all of them at once."""
        names = dict.fromkeys(wanted)
        projects = {each.project for each in names}
        kinds = sorted({each.kind for each in names})
        links = queries.versions({each.version for each in names})
        known = {_named(each): each for each in links}
        return cls(known=known, open={kind: queries.open_projects(projects, kind) for kind in kinds})

    def of(self, named: Named) -> Link:
        """The version of that name; where the caller may not look, nothing but its kind."""
        if named in self.known:
            return self.known[named]
        if named.project not in self.open.get(named.kind, ()):
            return Link(kind=named.kind, hidden=True)
        return Link(
            kind=named.kind, project=named.project, name=named.name, version=named.version, removed=True
        )

    def anywhere(self, named: Named) -> Link:
        """The version of that id in the project of `named` or in another; a packed one need be nowhere."""
        if named in self.known:
            return self.known[named]
        same = [each for each in self.known.values() if each.version == named.version]
        return next((each for each in same if each.kind is named.kind), self.of(named))


def uses_of(job: JobRead) -> list[tuple[LinkRole, Named]]:
    """The versions that a job was made of: model and runtime, what it reads, what it validates on."""
    plan = job.plan
    found: dict[tuple[LinkRole, Named], None] = {}
    for role, kind, text in (
        (LinkRole.MODEL, Kind.MODEL, plan.model),
        (LinkRole.RUNTIME, Kind.RUNTIME, plan.runtime),
    ):
        uri = meant_here(kind, text)
        if uri is not None and uri.version is not None:
            found[role, Named(kind=kind, project=uri.project, name=uri.name, version=uri.version)] = None
    read = dict.fromkeys((*plan.datasets, *(each for step in plan.steps for each in step.datasets)))
    for role, inputs in ((LinkRole.READ, read), (LinkRole.VALIDATED, plan.validation_datasets)):
        for each in inputs:
            named = Named(kind=Kind.DATASET, project=each.project, name=each.name, version=each.version)
            found[role, named] = None
    return list(found)


def _named(link: Link) -> Named:
    return Named(kind=link.kind, project=link.project, name=link.name, version=link.version)


def _parent(version: VersionRead, mine: Named) -> Named | None:
    if not version.parent or version.parent == version.version:
        return None
    return Named(kind=mine.kind, project=mine.project, name=mine.name, version=version.parent)
