"""From what somebody orders of a server to a job in its queue; nothing of the user's code runs for that."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from starwhale.catalog.engine import Session
from starwhale.core.actor import Actor
from starwhale.core.addresses import Defaults, parse_uri
from starwhale.core.errors import UsageError
from starwhale.core.instances import LOCAL
from starwhale.core.kinds import Kind
from starwhale.core.permissions import Action, Permission, Resource
from starwhale.core.uri import ArtifactUri, JobUri
from starwhale.datasets.service import DatasetService
from starwhale.jobs.blueprint import Blueprint
from starwhale.jobs.hosts import belongs
from starwhale.jobs.marks import check_priority
from starwhale.jobs.plan import DatasetInput, JobPlan, RangePlan, StepPlan
from starwhale.jobs.planner import Splittable, split_step
from starwhale.jobs.pools import DEFAULT, PoolService
from starwhale.jobs.request import JobRequest, check_arguments
from starwhale.jobs.schemas import JobRead
from starwhale.jobs.service import JobService
from starwhale.jobs.waiting import check_room
from starwhale.models.builder import environment
from starwhale.models.service import ModelService
from starwhale.projects.service import ProjectService

WRITE_TABLE = Permission(Resource.TABLE, Action.WRITE)
#: How a plan names the runtime that lies in the package of its model.
PACKED = "packaged"
#: How one asks for none.
NO_RUNTIME = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderService:
    """Makes jobs of packages of models.

    A package brings its handlers along, so that they need not be found here.
    """

    jobs: JobService
    models: ModelService
    datasets: DatasetService
    pools: PoolService

    def place(
        self,
        actor: Actor,
        project: str,
        blueprint: Blueprint,
        *,
        priority: int = 0,
        approve: Callable[[JobPlan], None] = lambda _: None,
        within: Callable[[Session], None] = lambda _: None,
    ) -> JobRead:
        """Write a job down and have it wait in the queue.

        Args:
            actor: Who wants it.
            project: Where it belongs.
            blueprint: What it is made of; its addresses are those of this instance.
            priority: The highest goes first, from -1000 to 1000.
            approve: See `JobService.create`.
            within: See `JobService.create`.

        Raises:
            NotFound: there is no such project, model, handler, dataset, runtime or pool.
            Ambiguous: the handler or an address means several.
            InvalidSpec: a resource, the isolation or the number of replicas is wrong, or beyond the pool,
                or beyond all servers that run.
            UsageError: an argument is none of the handler's, or a step reads rows and nobody said which.
            Forbidden: he may not make jobs there, or not write results where they are to go.
        """
        if not blueprint.model:
            raise UsageError("a server runs packages of models", hint="name one, as in mnist/version/latest")
        check_priority(priority)
        catalog = self.jobs.catalog
        ProjectService(catalog).check(actor, blueprint.log_project or project, WRITE_TABLE)
        defaults = Defaults(project=project)
        request = self._request(actor, project, blueprint, defaults)
        split = partial(self._split, actor)
        return self.jobs.create(actor, request, split=split, queue=priority, approve=approve, within=within)

    def blueprint_of(self, actor: Actor, uri: JobUri, *, latest: bool = False) -> Blueprint:
        """What a job was made of; see `Blueprint.of`.

        Raises:
            NotFound: there is no such job.
        """
        job = self.jobs.info(actor, uri)
        return Blueprint.of(job.plan, job.comment, latest=latest)

    def to_keep(
        self, actor: Actor, project: str, uri: JobUri | None, given: Blueprint | None, *, latest: bool
    ) -> Blueprint:
        """What a template is to be made of: what a job was made of, or what is given.

        Raises:
            UsageError: both are named, or none is, or it is no package of a model.
            NotFound: there is no such job, model or handler.
        """
        if (uri is None) == (given is None):
            raise UsageError("a template is made of a job, or of what one would be made of")
        found = self.blueprint_of(actor, uri, latest=latest) if uri is not None else given
        assert found is not None
        if not found.model:
            raise UsageError("a server runs packages of models, and that job ran a directory")
        # Whatever could not be run is refused now, not at night.
        request = self._request(actor, project, found, Defaults(project=project))
        return replace(found, model_name=request.model_name)

    def _request(self, actor: Actor, project: str, blueprint: Blueprint, defaults: Defaults) -> JobRequest:
        uri = _own(blueprint.model, Kind.MODEL, defaults)
        version = self.models.resolve(actor, uri)
        description = self.models.contents.description(version)
        specs = {spec.id: spec for spec in description.handlers}
        check_arguments(specs, blueprint.handler, blueprint.arguments)
        full = replace(uri, project=version.project, name=version.name, version=version.version, bare=False)
        packed = PACKED if description.runtime is not None else ""
        return JobRequest(
            project=project,
            specs=specs,
            handler=blueprint.handler,
            datasets=tuple(_own(text, Kind.DATASET, defaults) for text in blueprint.datasets),
            validation_datasets=tuple(
                _own(text, Kind.DATASET, defaults) for text in blueprint.validation_datasets
            ),
            defaults=defaults,
            dataset_head=blueprint.dataset_head,
            overrides=blueprint.overrides,
            fit=self._fitting(actor, blueprint.pool),
            deadline=blueprint.deadline,
            auto_release_time=blueprint.auto_release_time,
            # Whoever runs it lays the package out in a directory of his own.
            workdir=self.jobs.settings.run / "code" / secrets.token_hex(8),
            code=version.manifest,
            modules=description.modules,
            model=str(full),
            model_name=version.name,
            runtime=self._runtime(actor, blueprint.runtime, packed, defaults),
            arguments=blueprint.arguments,
            environment=environment(description.envs),
            log_project=blueprint.log_project,
            isolation=blueprint.isolation,
            comment=blueprint.comment,
            pool=blueprint.pool,
            debug=blueprint.debug,
        )

    def _fitting(self, actor: Actor, pool: str) -> Callable[[StepPlan], StepPlan]:
        fit, name = self.pools.fitting(actor, pool), pool or DEFAULT
        labels = self.pools.get(actor, name).labels
        with self.jobs.catalog.read() as session:
            hosts = [host for host in self.jobs.hosts.alive(session) if belongs(host.labels, labels)]
        return lambda step: check_room(fit(step), name, hosts)

    def _runtime(self, actor: Actor, text: str, packed: str, defaults: Defaults) -> str:
        if text in {"", PACKED}:
            return packed
        if text == NO_RUNTIME:
            return ""
        uri = _own(text, Kind.RUNTIME, defaults)
        version = self.models.artifacts.resolve(actor, uri)
        return str(
            replace(uri, project=version.project, name=version.name, version=version.version, bare=False)
        )

    def _split(self, actor: Actor, plan: JobPlan, position: int) -> Sequence[RangePlan]:
        def open_rows(dataset: DatasetInput) -> Splittable:
            uri = parse_uri(dataset.uri, kind=Kind.DATASET, defaults=Defaults())
            return self.datasets.open(self.datasets.resolve(actor, uri))

        return split_step(position, plan.steps[position], plan.dataset_head, open_rows)


def _own(text: str, kind: Kind, defaults: Defaults) -> ArtifactUri:
    """An address of this instance.

    Raises:
        UsageError: it names another one.
    """
    uri = parse_uri(text, kind=kind, defaults=defaults)
    if uri.instance != LOCAL:
        hint = f"copy it first: `swcli {kind} copy`"
        raise UsageError(f"{text[:200]!r} lies on another instance than the job", hint=hint)
    return uri
