"""Running a fine-tuning: datasets in, a version of a model out."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from starwhale.core.version import short
from starwhale.jobs.plan import DatasetInput
from starwhale.worker.ports import TaskRun
from starwhale.worker.shapes import takes_arguments

if TYPE_CHECKING:
    from starwhale.api.dataset import Dataset

TARGET = "SW_FINETUNE_TARGET_MODEL"
SUMMARY = "finetuned_model"


def call_finetune(run: TaskRun, function: Callable[..., Any], tell: Callable[[dict[str, Any]], None]) -> None:
    """Call the function with the datasets it requires, and pack the directory it ran in.

    Args:
        run: The task.
        function: The user's; one without parameters finds its datasets in the context, as before 0.6.
        tell: Takes what the summary of the job should say.
    """
    required = run.spec.options["fine_tune"]
    given: list[list[Dataset]] = []
    wanted = takes_arguments(function)
    if wanted and required["require_train_datasets"]:
        given.append(_opened(run.datasets))
    if wanted and required["require_validation_datasets"]:
        given.append(_opened(run.validation_datasets))
    try:
        function(*given)
    finally:
        for each in (one for several in given for one in several):
            each.close()
    if run.spec.options["auto_build_model"]:
        tell({SUMMARY: _build(run)})


def _opened(inputs: Sequence[DatasetInput]) -> list[Dataset]:
    from starwhale.api.dataset import dataset

    return [dataset(each.uri, readonly=True) for each in inputs]


def _build(run: TaskRun) -> str:
    """Address of the version that was built, or that has the same content already."""
    from starwhale.api.model import build

    built = build(
        modules=run.spec.options.get("model_modules") or list(run.modules),
        workdir=run.workdir,
        name=os.environ.get(TARGET) or run.model_name,
        project_uri=run.project,
        desc=f"fine-tuned by job {run.job}",
        tags=[f"finetune-{short(run.job)}-{time.time_ns()}"],
        excludes=run.spec.options.get("excludes"),
    )
    assert built is not None  # nothing is imported at this moment
    return built.full_uri
