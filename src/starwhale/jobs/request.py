"""What a person asks for when he wants a job, and the plan that it becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from starwhale.artifacts.schemas import VersionRead
from starwhale.core.addresses import Defaults, parse_uri
from starwhale.core.arguments import check, parse
from starwhale.core.errors import InvalidSpec, NotFound, UsageError
from starwhale.core.handlers import HandlerSpec
from starwhale.core.kinds import Kind
from starwhale.core.uri import ArtifactUri
from starwhale.jobs.graph import choose, closure
from starwhale.jobs.plan import PROCESS, THREAD, DatasetInput, JobPlan, StepPlan
from starwhale.jobs.planner import plan_steps
from starwhale.jobs.schemas import JobRead
from starwhale.jobs.states import StepState


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest:
    """A job that is to be made.

    Attributes:
        project: Project it belongs to.
        specs: All handlers of the model or work directory by id, in the order in which they are listed.
        handler: Which of them to run, as `graph.choose` understands it.
        datasets: What the run reads; empty: what the handlers name themselves.
        validation_datasets: What a fine-tuning validates on.
        defaults: What addresses of datasets in handlers may leave out.
        dataset_head: Rows of each dataset to use, 0 for all.
        overrides: ``{handler id or name: {"replicas": 2, "resources": {...}}}``.
        only_step: Id or name of the one step to run, without those it needs; empty for all.
        only_task: Number of the one task of it to run; None for all.
        fit: Gives a step what it asks for where it runs, or refuses it.
        reuse: A job whose results the new one begins with: steps that succeeded there are not run again,
            except the one that is asked for; None for none.
        workdir: Directory that holds the user's code, for as long as the job may run.
        modules: Modules to import there.

    The others are those of `JobPlan`.
    """

    project: str
    specs: Mapping[str, HandlerSpec]
    handler: str = ""
    datasets: tuple[ArtifactUri, ...] = ()
    validation_datasets: tuple[ArtifactUri, ...] = ()
    defaults: Defaults = field(default_factory=Defaults)
    dataset_head: int = 0
    overrides: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    only_step: str = ""
    only_task: int | None = None
    fit: Callable[[StepPlan], StepPlan] = lambda step: step
    reuse: JobRead | None = None
    deadline: float = 0.0
    auto_release_time: float = 0.0
    workdir: Path
    source: str = ""
    code: str = ""
    modules: tuple[str, ...] = ()
    model: str = ""
    model_name: str = ""
    runtime: str = ""
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    log_project: str = ""
    isolation: str = PROCESS
    comment: str = ""
    pool: str = ""
    debug: bool = False


def plan_job(request: JobRequest, look_up: Callable[[ArtifactUri], VersionRead]) -> JobPlan:
    """Everything a job is made of, with every dataset at the version that it has now.

    Args:
        request: What is asked for.
        look_up: Finds the version that an address means.

    Raises:
        NotFound: there is no such handler or dataset.
        Ambiguous: the handler or an address means several.
        InvalidSpec: the graph of handlers, a resource or the isolation is wrong.
        UsageError: a step reads rows and nobody said which.
    """
    if request.isolation not in {PROCESS, THREAD}:
        raise InvalidSpec(f"no isolation {request.isolation!r}", hint=f"use {PROCESS!r} or {THREAD!r}")
    defaults = replace(request.defaults, project=request.project)

    def resolve(uri: ArtifactUri) -> DatasetInput:
        found = look_up(uri)
        full = replace(uri, project=found.project, name=found.name, version=found.version, bare=False)
        return DatasetInput(uri=str(full), project=found.project, name=found.name, version=found.version)

    chosen = choose(request.specs, request.handler)
    steps = plan_steps(
        request.specs,
        chosen.id,
        [resolve(uri) for uri in request.datasets],
        lambda text: resolve(parse_uri(text, kind=Kind.DATASET, defaults=defaults)),
        request.overrides,
        validated=bool(request.validation_datasets),
    )
    steps = tuple(request.fit(step) for step in _wanted(request, chosen, steps))
    return JobPlan(
        project=request.project,
        handler=chosen.id,
        steps=steps,
        datasets=tuple(dict.fromkeys(each for step in steps for each in step.datasets)),
        validation_datasets=tuple(resolve(uri) for uri in request.validation_datasets),
        dataset_head=max(0, request.dataset_head),
        model=request.model,
        model_name=request.model_name,
        runtime=request.runtime,
        workdir=str(request.workdir.resolve()),
        source=request.source,
        code=request.code,
        modules=request.modules,
        arguments=request.arguments,
        environment=dict(request.environment),
        log_project=request.log_project or request.project,
        isolation=request.isolation,
        comment=request.comment,
        overrides=dict(request.overrides),
        deadline=_seconds("a deadline", request.deadline),
        auto_release_time=_seconds("an auto-release time", request.auto_release_time),
        reused=request.reuse.id if request.reuse else "",
        pool=request.pool,
        debug=request.debug,
    )


def check_arguments(specs: Mapping[str, HandlerSpec], handler: str, words: Sequence[str]) -> None:
    """Refuse what no handler of a run takes before anything runs.

    Args:
        specs: All handlers by id.
        handler: The one that is to be run, with those that it needs.
        words: What they are given, as on a command line.

    Raises:
        NotFound: there is no such handler.
        Ambiguous: its name means several.
        UsageError: no handler of the run takes one of the arguments, or one lacks.
    """
    steps = closure(specs, choose(specs, handler).id)
    known = [option for spec in steps for group in spec.arguments.values() for option in group.values()]
    check(known, words)
    parse(known, words)


def _wanted(request: JobRequest, chosen: HandlerSpec, steps: tuple[StepPlan, ...]) -> tuple[StepPlan, ...]:
    """Those steps that are to be run, without needs that are met otherwise."""
    if request.reuse is not None:
        done = {step.handler for step in request.reuse.steps if step.state is StepState.SUCCESS}
        steps = tuple(step for step in steps if step.spec.id == chosen.id or step.spec.id not in done)
    if request.only_step:
        name = request.only_step
        found = [step for step in steps if name in {step.spec.id, step.spec.name, step.spec.qualname}]
        if not found:
            known = ", ".join(step.spec.id for step in steps)
            raise NotFound(f"no step {request.only_step!r} in this job", hint=f"there are {known}")
        steps = tuple(found)
    if request.only_task is not None:
        if len(steps) != 1:
            raise UsageError("one task is run of one step", hint="name the step with --step")
        last = steps[0].spec.replicas - 1
        if not 0 <= request.only_task <= last:
            raise UsageError(f"step {steps[0].spec.id!r} has tasks 0 to {last}, not {request.only_task}")
        steps = (replace(steps[0], only=request.only_task),)
    left = {step.spec.id for step in steps}
    return tuple(
        replace(step, spec=replace(step.spec, needs=tuple(each for each in step.spec.needs if each in left)))
        for step in steps
    )


def _seconds(what: str, seconds: float) -> float:
    if not 0 <= seconds < float("inf"):
        raise UsageError(f"{what} is a number of seconds, not {seconds}")
    return seconds
