"""Running a model package as a job in this process, as `Job.create` does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from starwhale.api.place import Project, Resource, ResourceType, defaults
from starwhale.api.session import at, local
from starwhale.core.addresses import parse_uri
from starwhale.core.errors import UsageError
from starwhale.core.instances import LOCAL
from starwhale.core.kinds import Kind
from starwhale.core.uri import ArtifactUri

if TYPE_CHECKING:
    from starwhale.jobs.schemas import JobRead


def run_job(
    project: Project,
    model: Resource | str,
    handler: str,
    datasets: Sequence[Resource | str],
    head: int,
    overrides: Mapping[str, Mapping[str, Any]],
    arguments: Sequence[str],
) -> JobRead:
    """Make a job and run it to its end; see `Job.create`.

    The package is laid out in a directory of its own, which goes with the job: `swcli job resume` lays it
    out again.
    """
    from starwhale.instance.runs import Runs
    from starwhale.instance.workplace import of_package
    from starwhale.jobs.lookup import check_success
    from starwhale.jobs.request import JobRequest, check_arguments

    instance = local()
    place = of_package(instance, _address(model, ResourceType.model, project))
    with Runs(instance) as runs:
        with place.given_up_on_error():
            specs = runs.handlers(place)
            check_arguments(specs, handler, arguments)
            request = JobRequest(
                project=project.name,
                specs=specs,
                handler=handler,
                datasets=tuple(_address(each, ResourceType.dataset, project) for each in datasets),
                defaults=defaults(),
                dataset_head=head,
                overrides=overrides,
                arguments=tuple(arguments),
                workdir=place.workdir,
            )
            job = runs.create(request, place)
        ended = runs.run(job, place)
    check_success(ended)
    return ended


def order_job(
    project: Project,
    model: Resource | str,
    handler: str,
    datasets: Sequence[Resource | str],
    *,
    runtime: Resource | str | None,
    head: int,
    overrides: Mapping[str, Mapping[str, Any]],
    pool: str,
    auto_release_time: float,
    debug: bool,
    arguments: Sequence[str],
    priority: int,
) -> JobRead:
    """Have a server make a job; see `Job.create_remote`."""
    from starwhale.client.jobs import RemoteJobs
    from starwhale.jobs.blueprint import Blueprint

    instance = at(project.place.instance)
    jobs = cast("RemoteJobs", instance.jobs)

    def there(given: Resource | str, kind: ResourceType) -> str:
        """An address as the server knows it itself."""
        uri = _address(given, kind, project)
        if uri.instance != project.place.instance:
            hint = "copy it there first, or name the project of its instance"
            raise UsageError(f"{uri} lies on another instance than {project}", hint=hint)
        return str(replace(uri, instance=LOCAL))

    blueprint = Blueprint(
        handler=handler,
        model=there(model, ResourceType.model),
        runtime=there(runtime, ResourceType.runtime) if runtime else "",
        datasets=tuple(there(each, ResourceType.dataset) for each in datasets),
        dataset_head=head,
        overrides=overrides,
        pool=pool,
        auto_release_time=auto_release_time,
        debug=debug,
        arguments=tuple(arguments),
    )
    return jobs.order(instance.actor, project.name, blueprint, priority=priority)


def _address(given: Resource | str, kind: ResourceType, project: Project) -> ArtifactUri:
    text = given.full_uri if isinstance(given, Resource) else given
    return parse_uri(text, kind=Kind(kind.value), defaults=defaults().within(project.place))
