"""Jobs on the wire: answers of a server read into what services hand out, and what is sent to make one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from starwhale.client.pages import segment
from starwhale.core.uri import JobUri
from starwhale.jobs.blueprint import Blueprint
from starwhale.jobs.plan import JobPlan
from starwhale.jobs.schemas import JobEventRead, JobRead, StepRead, TaskRead
from starwhale.jobs.states import JobState, StepState, Subject, TaskState, Want

_TIMES = frozenset(("created_at", "started_at", "finished_at", "removed_at", "heartbeat_at", "queued_at"))


def order_of(blueprint: Blueprint) -> dict[str, Any]:
    """What ``POST /projects/{project}/jobs`` takes so that a job of a blueprint is made."""
    return {
        "model": blueprint.model,
        "handler": blueprint.handler,
        "runtime": blueprint.runtime,
        "datasets": list(blueprint.datasets),
        "validation_datasets": list(blueprint.validation_datasets),
        "dataset_head": blueprint.dataset_head,
        "arguments": list(blueprint.arguments),
        "steps": {name: dict(wish) for name, wish in blueprint.overrides.items()},
        "log_project": blueprint.log_project,
        "isolation": blueprint.isolation,
        "pool": blueprint.pool,
        "auto_release_time": blueprint.deadline,
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
_TASK = ("id", "step", "index", "attempt", "worker", "cause", "started_at", "finished_at")


def job_of(told: Mapping[str, Any]) -> JobRead:
    """One job."""
    plan = JobPlan.from_json(told["plan"])
    return JobRead(
        **_read(told, _JOB, state=JobState, want=Want),
        plan=plan,
        scheduler=None,
        steps=tuple(
            StepRead(
                **_read(step, _STEP, state=StepState),
                tasks=tuple(TaskRead(**_read(task, _TASK, state=TaskState)) for task in step["tasks"]),
            )
            for step in told["steps"]
        ),
    )


def event_of(told: Mapping[str, Any]) -> JobEventRead:
    """One change of state."""
    known: dict[str, Any] = {name: told[name] for name in ("id", "name", "old", "new", "cause")}
    return JobEventRead(**known, at=time_of(told["at"]), subject=Subject(told["subject"]))
