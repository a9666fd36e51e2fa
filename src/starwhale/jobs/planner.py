"""From handlers and datasets to steps, and from rows to ranges. Pure: whoever can look gives the numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from starwhale.core.errors import InvalidSpec, NotFound, UsageError
from starwhale.core.handlers import HandlerSpec
from starwhale.core.resources import normalise
from starwhale.jobs.graph import closure
from starwhale.jobs.plan import DatasetInput, Key, RangePlan, StepPlan, task_id

#: A task should lease about this many ranges, so that a fast one takes work off a slow one.
RANGES_PER_TASK = 8
LARGEST_RANGE = 4096
MOST_REPLICAS = 10_000


def range_size(rows: int, replicas: int, batch_size: int = 1) -> int:
    """Rows that one lease covers: a multiple of `batch_size`, so that no batch is cut short in between.

    Args:
        rows: Rows of the dataset.
        replicas: Tasks that share them.
        batch_size: Rows of one call.
    """
    even = -(-rows // (replicas * RANGES_PER_TASK))
    wanted = min(max(even, 1), LARGEST_RANGE)
    return -(-wanted // batch_size) * batch_size


def plan_steps(
    specs: Mapping[str, HandlerSpec],
    chosen: str,
    datasets: Sequence[DatasetInput],
    resolve: Callable[[str], DatasetInput],
    overrides: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    validated: bool = True,
) -> tuple[StepPlan, ...]:
    """Steps of a job, each after those it needs, with what each will read.

    Args:
        specs: All handlers by id.
        chosen: Id of the one to run.
        datasets: What the user named for the run; a step that names its own is asked only where it is empty.
        resolve: Turns an address in a handler into a version of a dataset.
        overrides: ``{handler id or name: {"replicas": 2, "resources": {...}}}``.
        validated: The run names datasets to validate on.

    Raises:
        InvalidSpec: the graph, a resource or a number of replicas is wrong.
        NotFound: an override names no step of this job.
        UsageError: a step reads rows and nobody said which.
    """
    steps = closure(specs, chosen)
    if not validated and (needy := next((spec for spec in steps if spec.needs_validation), None)):
        raise UsageError(
            f"step {needy.id!r} validates on a dataset and none is given",
            hint="name one with --validation-dataset",
        )
    chosen_overrides = _by_id(steps, overrides or {})
    return tuple(_plan(_overridden(spec, chosen_overrides.get(spec.id)), datasets, resolve) for spec in steps)


def _by_id(
    steps: Sequence[HandlerSpec], overrides: Mapping[str, Mapping[str, Any]]
) -> dict[str, Mapping[str, Any]]:
    names = {name: spec.id for spec in steps for name in (spec.name, spec.id)}
    unknown = sorted(overrides.keys() - names.keys())
    if unknown:
        raise NotFound(f"no step {unknown[0]!r} in this job", hint=f"there are {', '.join(names)}")
    return {names[name]: wish for name, wish in overrides.items()}


def _overridden(spec: HandlerSpec, wish: Mapping[str, Any] | None) -> HandlerSpec:
    wish = wish or {}
    unknown = sorted(wish.keys() - {"replicas", "resources"})
    if unknown:
        raise InvalidSpec(
            f"step {spec.id!r} has no {unknown[0]!r} to override", hint="give replicas or resources"
        )
    replicas = wish.get("replicas", spec.replicas)
    if isinstance(replicas, bool) or not isinstance(replicas, int) or not 1 <= replicas <= MOST_REPLICAS:
        raise InvalidSpec(f"step {spec.id!r} wants {replicas!r} replicas, expected 1 to {MOST_REPLICAS}")
    resources = normalise(wish.get("resources", spec.resources))
    return replace(spec, replicas=replicas, resources=resources)


def _plan(
    spec: HandlerSpec, datasets: Sequence[DatasetInput], resolve: Callable[[str], DatasetInput]
) -> StepPlan:
    step = StepPlan(spec=spec, datasets=tuple(datasets) or tuple(resolve(uri) for uri in spec.datasets))
    if not step.datasets and (step.shares_rows or spec.require_dataset):
        raise UsageError(
            f"step {spec.id!r} reads a dataset and none is given", hint="name one with --dataset"
        )
    return step


class Part(Protocol):
    """A run of rows."""

    @property
    def start(self) -> Key:
        """First key."""
        ...

    @property
    def end(self) -> Key | None:
        """First key after it; None for the end of all rows."""
        ...

    @property
    def rows(self) -> int:
        """How many rows it has."""
        ...


class Splittable(Protocol):
    """Rows that can be shared out."""

    def __len__(self) -> int:
        """How many there are."""
        ...

    def split(self, rows_per_range: int, head: int = 0) -> Sequence[Part]:
        """Cut the rows, or the first `head` of them, into runs."""
        ...


def split_step(
    position: int, step: StepPlan, head: int, open_rows: Callable[[DatasetInput], Splittable]
) -> list[RangePlan]:
    """Cut what the tasks of a step share into ranges.

    Args:
        position: Position of the step.
        step: The step.
        head: Only so many rows of each dataset; 0 for all.
        open_rows: Opens a version of a dataset.
    """
    ranges: list[RangePlan] = []
    for number, dataset in enumerate(step.datasets):
        rows = open_rows(dataset)
        count = min(len(rows), head) if head > 0 else len(rows)
        size = range_size(count, step.spec.replicas, step.batch_size)
        ranges += [
            RangePlan(step=position, dataset=number, start=part.start, end=part.end, rows=part.rows)
            for part in rows.split(size, head)
        ]
    return ranges


def plan_work(
    steps: Sequence[StepPlan], split: Callable[[int, StepPlan], Sequence[RangePlan]]
) -> list[RangePlan]:
    """All work of a job: ranges of rows where tasks share them, else one unit for each task.

    Args:
        steps: Steps of the job in their order.
        split: Cuts what a step reads into ranges, given its position.
    """
    work: list[RangePlan] = []
    for position, step in enumerate(steps):
        if step.shares_rows:
            work += split(position, step)
        else:
            work += [RangePlan(step=position, task=task_id(position, index)) for index in step.tasks]
    return work
