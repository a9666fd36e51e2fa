"""Making a job from a blueprint: its code is laid out again, its inputs are looked up again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from starwhale.core.addresses import Defaults, parse_uri
from starwhale.core.kinds import Kind
from starwhale.core.uri import ArtifactUri
from starwhale.instance.elsewhere import read_address
from starwhale.instance.interpreters import PACKED, of_runtime
from starwhale.instance.workplace import Workplace, of_code, of_directory, of_package

if TYPE_CHECKING:
    from starwhale.core.handlers import HandlerSpec
    from starwhale.instance.local import LocalInstance
    from starwhale.jobs.blueprint import Blueprint
    from starwhale.jobs.request import JobRequest


def place_of(instance: LocalInstance, blueprint: Blueprint) -> Workplace:
    """Where the code of a blueprint lies now.

    Raises:
        NotFound: its model, its directory or its stored code is gone.
        StorageFull: there is no space to lay it out.
        Corrupted: a later release made the blueprint.
    """
    from starwhale.jobs.plan import check_format

    check_format(blueprint.format, "the template")
    place = _code_of(instance, blueprint)
    if not blueprint.runtime or blueprint.runtime == PACKED:
        return place
    with place.given_up_on_error():
        uri = read_address(instance, blueprint.runtime, Kind.RUNTIME)
        return replace(place, interpreter=of_runtime(instance, uri))


def _code_of(instance: LocalInstance, blueprint: Blueprint) -> Workplace:
    if blueprint.model:
        uri = read_address(instance, blueprint.model, Kind.MODEL)
        return of_package(instance, uri, packed_runtime=blueprint.runtime == PACKED)
    if blueprint.code:
        return of_code(
            instance,
            blueprint.code,
            modules=blueprint.modules,
            environment=blueprint.environment,
            name=blueprint.model_name,
            source=blueprint.source,
        )
    return of_directory(instance, blueprint.source, modules=blueprint.modules)


def request_of(
    blueprint: Blueprint,
    place: Workplace,
    specs: Mapping[str, HandlerSpec],
    *,
    project: str,
    defaults: Defaults,
) -> JobRequest:
    """What to ask for so that a job of a blueprint is made.

    Args:
        blueprint: What it is made of.
        place: Where its code lies.
        specs: The handlers found there.
        project: Project of the new job.
        defaults: What addresses of datasets may leave out.
    """
    from starwhale.jobs.request import JobRequest

    def datasets(texts: tuple[str, ...]) -> tuple[ArtifactUri, ...]:
        return tuple(parse_uri(text, kind=Kind.DATASET, defaults=defaults) for text in texts)

    return JobRequest(
        project=project,
        specs=specs,
        handler=blueprint.handler,
        datasets=datasets(blueprint.datasets),
        validation_datasets=datasets(blueprint.validation_datasets),
        defaults=defaults,
        dataset_head=blueprint.dataset_head,
        overrides=blueprint.overrides,
        workdir=place.workdir,
        arguments=blueprint.arguments,
        log_project=blueprint.log_project,
        isolation=blueprint.isolation,
        deadline=blueprint.deadline,
        auto_release_time=blueprint.auto_release_time,
        comment=blueprint.comment,
    )
