"""What jobs and templates name in other projects, hidden from whoever may not look there; see `lineage`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from starwhale.catalog.tables.jobs import JobRow
from starwhale.core.errors import NotFound
from starwhale.core.kinds import Kind
from starwhale.core.permissions import WRITE_TABLE
from starwhale.jobs.lineage_queries import LineageQueries
from starwhale.jobs.plan_addresses import meant_here
from starwhale.jobs.searching import address_of_model, elsewhere, place_of
from starwhale.projects.service import ProjectService

if TYPE_CHECKING:
    from starwhale.catalog.engine import Catalog, Session
    from starwhale.core.actor import Actor
    from starwhale.jobs.blueprint import Blueprint
    from starwhale.jobs.plan import DatasetInput, JobPlan
    from starwhale.jobs.schemas import JobEventRead, JobRead

#: What stands where an address would.
HIDDEN = "(hidden)"
_CLOSED = "this is made of something in a project that you may not look into"
_NOWHERE = {"uri": HIDDEN, "project": "", "name": "", "version": ""}


@dataclass(frozen=True, slots=True)
class Veil:
    """Hides what lies where somebody may not look.

    Attributes:
        project: What is named without a project lies there.
        closed: Projects that he may not look into, by kind.
    """

    project: str
    closed: Mapping[Kind, frozenset[str]]

    def job(self, job: JobRead) -> JobRead:
        """A job as he may see it; the causes of its states, too, quote no name from there."""
        names = [*self._secrets(job.plan)]
        if not names:
            return job
        return replace(
            job,
            plan=self._plan(job.plan),
            cause=_without(job.cause, names),
            steps=tuple(
                replace(
                    step,
                    cause=_without(step.cause, names),
                    tasks=tuple(replace(task, cause=_without(task.cause, names)) for task in step.tasks),
                )
                for step in job.steps
            ),
        )

    def event(self, job: JobRead, event: JobEventRead) -> JobEventRead:
        """A change of state of a job, as he may see it."""
        return replace(event, cause=self.sentence(job.plan, event.cause))

    def sentence(self, plan: JobPlan, text: str) -> str:
        """What is said of a job, as he may read it."""
        return _without(text, [*self._secrets(plan)])

    def blueprint(self, made: Blueprint) -> Blueprint:
        """What a template holds, as he may see it."""
        return replace(
            made,
            model=self._address(Kind.MODEL, made.model),
            model_name="" if self.hides(Kind.MODEL, made.model) else made.model_name,
            runtime=self._address(Kind.RUNTIME, made.runtime),
            datasets=tuple(self._address(Kind.DATASET, each) for each in made.datasets),
            validation_datasets=tuple(self._address(Kind.DATASET, each) for each in made.validation_datasets),
        )

    def hides(self, kind: Kind, text: str) -> bool:
        """Whether an address lies where he may not look."""
        return _place(kind, text, self.project)[0] in self.closed.get(kind, ())

    def _plan(self, plan: JobPlan) -> JobPlan:
        return replace(
            plan,
            model=self._address(Kind.MODEL, plan.model),
            model_name="" if self.hides(Kind.MODEL, plan.model) else plan.model_name,
            runtime=self._address(Kind.RUNTIME, plan.runtime),
            datasets=self._inputs(plan.datasets),
            validation_datasets=self._inputs(plan.validation_datasets),
            steps=tuple(replace(step, datasets=self._inputs(step.datasets)) for step in plan.steps),
        )

    def _inputs(self, inputs: Sequence[DatasetInput]) -> tuple[DatasetInput, ...]:
        shut = self.closed.get(Kind.DATASET, frozenset())
        return tuple(replace(each, **_NOWHERE) if each.project in shut else each for each in inputs)

    def _address(self, kind: Kind, text: str) -> str:
        return HIDDEN if self.hides(kind, text) else text

    def _secrets(self, plan: JobPlan) -> Iterator[str]:
        """Words that tell of what is hidden, the longest first."""
        for kind, text in _named(plan):
            project, name = _place(kind, text, self.project)
            if project in self.closed.get(kind, ()):
                yield from (text, f"{project}/{kind}/{name}", f"{project}/{name}", repr(project), repr(name))


@dataclass(frozen=True, slots=True)
class VeilService:
    """Finds out what somebody may see of what jobs name.

    Args:
        catalog: Where projects and their members are written down.
    """

    catalog: Catalog

    def of_plans(self, actor: Actor, project: str, plans: Sequence[JobPlan]) -> Veil:
        """What hides the packages of other projects that some jobs of a project name."""
        return self._veil(actor, project, [pair for plan in plans for pair in _named(plan)])

    def of_blueprints(self, actor: Actor, project: str, made: Sequence[Blueprint]) -> Veil:
        """The same for templates."""
        named = [(Kind.MODEL, each.model) for each in made] + [(Kind.RUNTIME, each.runtime) for each in made]
        read = [(Kind.DATASET, text) for each in made for text in (*each.datasets, *each.validation_datasets)]
        return self._veil(actor, project, [*named, *read])

    def check(self, actor: Actor, project: str, made: Blueprint) -> None:
        """Refuse to make a job again for somebody who may not look into what it is made of.

        Raises:
            NotFound: that is so; nothing of it is named.
        """
        if self.of_blueprints(actor, project, [made]).blueprint(made) != made:
            raise NotFound(
                _CLOSED,
                hint="name other datasets, or ask the project's owner to let you in",
            )

    def check_plan(self, actor: Actor, plan: JobPlan) -> None:
        """Refuse to have somebody act with the rights of a job where they reach further than his own.

        Raises:
            NotFound: the job is made of something in a project that he may not look into.
            Forbidden: its results go where he may not write.
        """
        veil = self.of_plans(actor, plan.project, [plan])
        if any(veil.hides(kind, text) for kind, text in _named(plan)):
            raise NotFound(_CLOSED, hint="ask the project's owner to let you in")
        if plan.log_project not in {"", plan.project}:
            ProjectService(self.catalog).check(actor, plan.log_project, WRITE_TABLE)

    def _veil(self, actor: Actor, project: str, named: Sequence[tuple[Kind, str]]) -> Veil:
        others: dict[Kind, set[str]] = {}
        for kind, text in dict.fromkeys(named):
            place = _place(kind, text, project)[0]
            if place not in {"", project}:
                others.setdefault(kind, set()).add(place)
        if not others or (actor.admin and not actor.limited):
            return Veil(project, {})
        with self.catalog.read() as session:
            queries = LineageQueries(session, actor)
            closed = {kind: names - queries.open_projects(names, kind) for kind, names in others.items()}
        return Veil(project, {kind: frozenset(names) for kind, names in closed.items()})


def findable(session: Session, actor: Actor, number: int, project: str) -> Sequence[str] | None:
    """How the addresses of models begin by whose names somebody may find the jobs of a project; None for all.

    Whether a name is found tells of it as much as an answer that shows it.
    """
    if actor.admin and not actor.limited:
        return None
    named = select(address_of_model()).where(JobRow.project_id == number, elsewhere(project)).distinct()
    places = {_place(Kind.MODEL, text, project)[0] for text in session.scalars(named)}
    seen = LineageQueries(session, actor).open_projects(places, Kind.MODEL)
    return [place_of(each) for each in sorted({project, *seen})]


def _named(plan: JobPlan) -> Iterator[tuple[Kind, str]]:
    yield from ((Kind.MODEL, plan.model), (Kind.RUNTIME, plan.runtime))
    for inputs in (plan.datasets, plan.validation_datasets, *(step.datasets for step in plan.steps)):
        yield from ((Kind.DATASET, each.uri) for each in inputs)


def _place(kind: Kind, text: str, project: str) -> tuple[str, str]:
    """Project and name that an address means; both are empty where it means nothing here."""
    uri = meant_here(kind, text, project)
    return ("", "") if uri is None else (uri.project, uri.name)


def _without(text: str, names: Sequence[str]) -> str:
    for name in names:
        text = text.replace(name, HIDDEN)
    return text


def for_everybody(plan: JobPlan, text: str) -> str:
    """A sentence about a job for whoever may read it: without what it names in other projects."""
    others: dict[Kind, set[str]] = {}
    for kind, address in _named(plan):
        others.setdefault(kind, set()).add(_place(kind, address, plan.project)[0])
    closed = {kind: frozenset(places - {"", plan.project}) for kind, places in others.items()}
    return Veil(plan.project, closed).sentence(plan, text)


def reaches_out(plan: JobPlan) -> bool:
    """Whether a job is made of what lies in other projects, or has its results go there."""
    places = {_place(kind, text, plan.project)[0] for kind, text in _named(plan)}
    return bool((places | {plan.log_project}) - {"", plan.project})
