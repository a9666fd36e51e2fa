"""Running a model package as a job in this process, as `Job.create` does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from starwhale.api.place import Project, Resource, ResourceType, defaults
from starwhale.api.session import local
from starwhale.core.kinds import Kind
from starwhale.core.uri import ArtifactUri, parse_uri

if TYPE_CHECKING:
    from starwhale.jobs.schemas import JobRead


def run_job(
    project: Project,
    model: Resource | str,
    handler: str,
    datasets: Sequence[Resource | str],
    head: int,
    overrides: Mapping[str, Mapping[str, Any]],
) -> JobRead:
    """Make a job and run it to its end; see `Job.create`.

    The package is laid out in a directory of its own, which goes with the job: `swcli job resume` lays it
    out again.
    """
    from starwhale.instance.runs import Runs
    from starwhale.instance.workplace import of_package
    from starwhale.jobs.lookup import check_success
    from starwhale.jobs.request import JobRequest

    instance = local()
    place = of_package(instance, _address(model, ResourceType.model, project))
    with Runs(instance) as runs:
        with place.given_up_on_error():
            request = JobRequest(
                project=project.name,
                specs=runs.handlers(place),
                handler=handler,
                datasets=tuple(_address(each, ResourceType.dataset, project) for each in datasets),
                defaults=defaults(),
                dataset_head=head,
                overrides=overrides,
                workdir=place.workdir,
            )
            job = runs.create(request, place)
        ended = runs.run(job, place)
    check_success(ended)
    return ended


def _address(given: Resource | str, kind: ResourceType, project: Project) -> ArtifactUri:
    text = given.full_uri if isinstance(given, Resource) else given
    return parse_uri(text, kind=Kind(kind.value), defaults=defaults().within(project.place))
