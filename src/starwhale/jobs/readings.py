"""Rows of jobs, steps and tasks as the values that services hand out."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from starwhale.catalog.tables.jobs import JobMarkRow, JobRow, StepRow, TaskRow
from starwhale.core.errors import StarwhaleError
from starwhale.jobs.plan import JobPlan
from starwhale.jobs.schemas import JobRead, StepRead, TaskRead
from starwhale.jobs.states import JobState, StepState, TaskState, Want
from starwhale.jobs.usage import Usage, UsageTotals
from starwhale.kit.process import ProcessId

#: Rows, rows done and rows failed by job and step.
Counts = dict[tuple[str, int], tuple[int, int, int]]
E = TypeVar("E", bound=StrEnum)


def job_of(
    row: JobRow,
    project: str,
    mark: JobMarkRow | None,
    counts: Counts,
    steps: tuple[StepRead, ...] = (),
) -> JobRead:
    """A job, with the steps that are given; one whose row is broken as far as it can be read."""
    mine = [count for (job, _), count in counts.items() if job == row.id]
    owner = ProcessId(host=row.owner_host, pid=row.owner_pid, started=row.owner_started)
    plan, broken = plan_of(row, project)
    state, want = known(JobState, row.state), known(Want, row.want)
    broken = broken or (strange("state", row.state) if state is None else "")
    broken = broken or (strange("wish", row.want) if want is None else "")
    return JobRead(
        id=row.id,
        project=project,
        handler=row.handler,
        state=JobState.UNKNOWN if broken or state is None else state,
        want=want or Want.RUN,
        cause="; ".join(dict.fromkeys(filter(None, (row.cause, broken)))),
        plan=plan,
        rows=row.rows,
        done=sum(done for _, done, _ in mine),
        failed=sum(failed for _, _, failed in mine),
        scheduler=owner if row.owner_host else None,
        heartbeat_at=row.heartbeat_at,
        created_at=row.created_at,
        created_by=row.created_by,
        started_at=row.started_at,
        finished_at=row.finished_at,
        removed_at=row.removed_at,
        steps=steps,
        comment=plan.comment if mark is None else mark.comment,
        pinned=mark is not None and mark.pinned,
        priority=0 if mark is None else mark.priority,
        queued_at=None if mark is None else mark.queued_at,
        broken=broken,
    )


def step_of(
    row: StepRow, counts: tuple[int, int, int], tasks: tuple[TaskRead, ...], usage: UsageTotals | None
) -> StepRead:
    """A step; `counts` are its rows, those done and those failed."""
    state = known(StepState, row.state)
    return StepRead(
        position=row.position,
        handler=row.handler,
        state=state or StepState.UNKNOWN,
        cause=row.cause if state else strange("state", row.state),
        rows=counts[0],
        done=counts[1],
        failed=counts[2],
        started_at=row.started_at,
        finished_at=row.finished_at,
        tasks=tasks,
        usage=usage,
    )


def task_of(row: TaskRow, usage: Usage | None) -> TaskRead:
    """A task, and what it has used."""
    state = known(TaskState, row.state)
    return TaskRead(
        id=row.id,
        step=row.step,
        index=row.index,
        state=state or TaskState.UNKNOWN,
        attempt=row.attempt,
        worker=row.worker,
        cause=row.cause if state else strange("state", row.state),
        started_at=row.started_at,
        finished_at=row.finished_at,
        usage=usage,
    )


def plan_of(row: JobRow, project: str) -> tuple[JobPlan, str]:
    """The plan of a job, and why it cannot be read, if so."""
    try:
        return JobPlan.from_json(row.plan), ""
    except (StarwhaleError, KeyError, TypeError, AttributeError, ValueError):
        return JobPlan(project=project, handler=row.handler, steps=()), "its plan cannot be read"


def known(kind: type[E], text: str) -> E | None:
    """The member of an enumeration that a column names; None where this release knows none of that name."""
    try:
        return kind(text)
    except ValueError:
        return None


def strange(what: str, text: str) -> str:
    """What is said of a column whose value this release does not know."""
    return f"this release knows no {what} {text[:40]!r}"
