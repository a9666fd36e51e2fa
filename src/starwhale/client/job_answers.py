"""Jobs on the wire: answers of a server read into what services hand out, and what is sent to make one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from starwhale.client.pages import segment
from starwhale.core.instances import LOCAL
from starwhale.core.uri import JobUri
from starwhale.jobs.blueprint import Blueprint
from starwhale.jobs.plan import DatasetInput, JobPlan
from starwhale.jobs.schemas import JobEventRead, JobRead, StepRead, TaskRead
from starwhale.jobs.states import JobState, StepState, Subject, TaskState, Want
from starwhale.jobs.usage import AttemptUsage, Usage, UsagePoint, UsageRead, UsageTotals

_TIMES = frozenset(("created_at", "started_at", "finished_at", "removed_at", "heartbeat_at", "queued_at"))


def order_of(blueprint: Blueprint, instance: str) -> dict[str, Any]:
    """What ``POST /projects/{project}/jobs`` takes so that a job of a blueprint is made.

    Args:
        blueprint: What it is made of; its addresses name the server as people do here.
        instance: What addresses call the server.
    """
    there = partial(_as_the_server, instance)
    return {
        "model": there(blueprint.model),
        "handler": blueprint.handler,
        "runtime": there(blueprint.runtime),
        "datasets": [there(each) for each in blueprint.datasets],
        "validation_datasets": [there(each) for each in blueprint.validation_datasets],
        "dataset_head": blueprint.dataset_head,
        "arguments": list(blueprint.arguments),
        "steps": {name: dict(wish) for name, wish in blueprint.overrides.items()},
        "log_project": blueprint.log_project,
        "isolation": blueprint.isolation,
        "pool": blueprint.pool,
        "deadline": blueprint.deadline,
        "auto_release_time": blueprint.auto_release_time,
        "debug": blueprint.debug,
        "comment": blueprint.comment,
    }


def path_of(uri: JobUri) -> str:
    """Where a job lies."""
    return f"/projects/{segment(uri.project)}/jobs/{segment(uri.job)}"


def time_of(text: str | None) -> Any:
    """A moment; None where there is none."""
    return None if text is None else datetime.fromisoformat(text)


def _read(told: Mapping[str, Any], names: Sequence[str], **made: Callable[[Any], Any]) -> dict[str, Any]:
    """Some fields of an answer, times and states read; what a later release tells beyond them is left out."""
    found = {name: told[name] for name in names if name in told}
    found |= {name: time_of(found[name]) for name in found.keys() & _TIMES}
    return found | {name: read(told[name]) for name, read in made.items()}


_JOB = (
    *("id", "project", "handler", "cause", "rows", "done", "failed", "created_at", "created_by"),
    *(
        "started_at",
        "finished_at",
        "removed_at",
        "heartbeat_at",
        "comment",
        "pinned",
        "priority",
        "queued_at",
    ),
)
_STEP = ("position", "handler", "cause", "rows", "done", "failed", "started_at", "finished_at")
_USED = ("cpu_seconds", "memory_peak", "bytes_read", "bytes_written")
_TOTALS, _USAGE = ("attempts", *_USED), ("seconds", "memory", *_USED)
_POINT = ("seconds", "attempt", "cores", "memory", "read_rate", "write_rate")
_TASK = ("id", "step", "index", "attempt", "worker", "cause", "started_at", "finished_at")


def job_of(told: Mapping[str, Any], instance: str) -> JobRead:
    """One job; what it was made of is called as addresses call the server here."""
    plan = _plan_of(told["plan"], partial(_as_here, instance))
    return JobRead(
        **_read(told, _JOB, state=JobState, want=Want),
        plan=plan,
        scheduler=None,
        steps=tuple(
            StepRead(
                **_read(step, _STEP, state=StepState),
                usage=_totals_of(step.get("usage")),
                tasks=tuple(_task_of(task) for task in step["tasks"]),
            )
            for step in told["steps"]
        ),
    )


def usage_of(told: Mapping[str, Any]) -> UsageRead:
    """What a job, a step or a task uses over time."""
    return UsageRead(
        points=tuple(UsagePoint(**_read(each, _POINT), at=time_of(each["at"])) for each in told["points"]),
        attempts=tuple(
            AttemptUsage(attempt=each["attempt"], usage=Usage(**_read(each["usage"], _USAGE)))
            for each in told["attempts"]
        ),
    )


def _task_of(told: Mapping[str, Any]) -> TaskRead:
    used = told.get("usage")
    usage = None if used is None else Usage(**_read(used, _USAGE))
    return TaskRead(**_read(told, _TASK, state=TaskState), usage=usage)


def _totals_of(told: Mapping[str, Any] | None) -> UsageTotals | None:
    return None if told is None else UsageTotals(**_read(told, _TOTALS))


def event_of(told: Mapping[str, Any]) -> JobEventRead:
    """One change of state."""
    known: dict[str, Any] = {name: told[name] for name in ("id", "name", "old", "new", "cause")}
    return JobEventRead(**known, at=time_of(told["at"]), subject=Subject(told["subject"]))


def _plan_of(told: Mapping[str, Any], named: Callable[[str], str]) -> JobPlan:
    plan = JobPlan.from_json(told)

    def inputs(datasets: tuple[DatasetInput, ...]) -> tuple[DatasetInput, ...]:
        return tuple(replace(each, uri=named(each.uri)) for each in datasets)

    return replace(
        plan,
        model=named(plan.model),
        runtime=named(plan.runtime),
        steps=tuple(replace(step, datasets=inputs(step.datasets)) for step in plan.steps),
        datasets=inputs(plan.datasets),
        validation_datasets=inputs(plan.validation_datasets),
    )


def blueprint_of(told: Mapping[str, Any], instance: str) -> Blueprint:
    """What a job is made of, with addresses as people write them here."""
    made, named = Blueprint.from_json(told), partial(_as_here, instance)
    return replace(
        made,
        model=named(made.model),
        runtime=named(made.runtime),
        datasets=tuple(map(named, made.datasets)),
        validation_datasets=tuple(map(named, made.validation_datasets)),
    )


def _as_here(instance: str, address: str) -> str:
    beginning = f"{LOCAL}/project/"
    return (
        f"{instance}/project/{address.removeprefix(beginning)}" if address.startswith(beginning) else address
    )


def _as_the_server(instance: str, address: str) -> str:
    for known in (instance, f"cloud://{instance}"):
        beginning = f"{known}/project/"
        if address.startswith(beginning):
            return f"{LOCAL}/project/{address.removeprefix(beginning)}"
    return address
