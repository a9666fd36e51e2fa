"""Running a model package as a job in this process, as `Job.create` does."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from starwhale.api.place import Project, Resource, ResourceType, defaults
from starwhale.api.session import local
from starwhale.core.kinds import Kind
from starwhale.core.uri import ArtifactUri, parse_uri

if TYPE_CHECKING:
    from starwhale.artifacts.schemas import VersionRead
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
    from starwhale.jobs.executors.local import LocalExecutor
    from starwhale.jobs.executors.port import Outfit
    from starwhale.jobs.lookup import check_success
    from starwhale.jobs.request import JobRequest
    from starwhale.models.builder import environment

    instance = local()
    actor, models, jobs = instance.actor, instance.models, instance.jobs
    version = models.resolve(actor, _address(model, ResourceType.model, project))
    description = models.description(version)
    workdir = models.extract(version, instance.settings.run / "code" / secrets.token_hex(8))
    try:
        request = JobRequest(
            project=project.name,
            specs={spec.id: spec for spec in description.handlers},
            handler=handler,
            datasets=tuple(_address(each, ResourceType.dataset, project) for each in datasets),
            defaults=defaults(),
            dataset_head=head,
            overrides=overrides,
            workdir=workdir,
            modules=description.modules,
            model=str(_whole(version, project)),
            model_name=version.name,
            environment=environment(description.envs),
        )
        outfit = Outfit(workdir=workdir, modules=description.modules, environment=request.environment)
        with LocalExecutor(instance.settings.run, environment=instance.settings.to_env()) as executor:
            job = jobs.create(actor, request, split=partial(executor.split, outfit))
            ended = jobs.run(actor, jobs.uri(job), executor)
    finally:
        shutil.rmtree(workdir, ignore_errors=True)
    check_success(ended)
    return ended


def _address(given: Resource | str, kind: ResourceType, project: Project) -> ArtifactUri:
    text = given.full_uri if isinstance(given, Resource) else given
    return parse_uri(text, kind=Kind(kind.value), defaults=defaults().within(project.place))


def _whole(version: VersionRead, project: Project) -> ArtifactUri:
    return ArtifactUri(
        instance=project.instance.alias,
        project=version.project,
        kind=version.kind,
        name=version.name,
        version=version.version,
    )
