"""A task and its datasets under the names that the user's code knows them by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from starwhale.api.context import Context
from starwhale.api.place import Project, Resource, defaults
from starwhale.core.addresses import parse_uri
from starwhale.core.instances import LOCAL
from starwhale.core.kinds import Kind
from starwhale.core.uri import ProjectUri
from starwhale.core.version import short
from starwhale.jobs.plan import DatasetInput
from starwhale.worker.ports import TaskRun

JOIN = "_#@#_"


def row_prefix(dataset: DatasetInput, datasets: Iterable[DatasetInput]) -> str:
    """How the ids of result rows of `dataset` begin: ``PROJECT/NAME_#@#_``.

    Two versions of one dataset in the same job are told apart by their versions.
    """
    names = Counter((each.project, each.name) for each in set(datasets))
    version = f"/{short(dataset.version)}" if names[dataset.project, dataset.name] > 1 else ""
    return f"{dataset.project}/{dataset.name}{version}{JOIN}"


def context_of(run: TaskRun) -> Context:
    """What the user's code may ask about a task."""
    project = Project.at(ProjectUri(instance=LOCAL, project=run.project))
    log_project = Project.at(ProjectUri(instance=LOCAL, project=run.log_project or run.project))
    return Context(
        workdir=run.workdir,
        step=run.spec.id,
        total=run.total,
        index=run.index,
        dataset_uris=[each.uri for each in run.datasets],
        version=run.job,
        run_project=project,
        log_project=log_project,
        dataset_head=run.dataset_head,
        finetune_val_dataset_uris=[each.uri for each in run.validation_datasets],
        model_name=run.model_name,
        arguments=run.arguments,
    )


def resource_of(dataset: DatasetInput) -> Resource:
    """The address of a dataset as user code holds it."""
    return Resource.of(parse_uri(dataset.uri, kind=Kind.DATASET, defaults=defaults()))
