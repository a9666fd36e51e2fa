"""Rows of jobs, steps and tasks as the values that services hand out."""

from __future__ import annotations

from starwhale.catalog.tables.jobs import JobMarkRow, JobRow, StepRow, TaskRow
from starwhale.jobs.plan import JobPlan
from starwhale.jobs.schemas import JobRead, StepRead, TaskRead
from starwhale.jobs.states import JobState, StepState, TaskState, Want
from starwhale.kit.process import ProcessId

#: Rows, rows done and rows failed by job and step.
Counts = dict[tuple[str, int], tuple[int, int, int]]


def job_of(
    row: JobRow,
    project: str,
    mark: JobMarkRow | None,
    counts: Counts,
    steps: tuple[StepRead, ...] = (),
) -> JobRead:
    """A job, with the steps that are given."""
    mine = [count for (job, _), count in counts.items() if job == row.id]
    owner = ProcessId(host=row.owner_host, pid=row.owner_pid, started=row.owner_started)
    return JobRead(
        id=row.id,
        project=project,
        handler=row.handler,
        state=JobState(row.state),
        want=Want(row.want),
        cause=row.cause,
        plan=(plan := JobPlan.from_json(row.plan)),
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
    )


def step_of(row: StepRow, counts: tuple[int, int, int], tasks: tuple[TaskRead, ...]) -> StepRead:
    """A step; `counts` are its rows, those done and those failed."""
    return StepRead(
        position=row.position,
        handler=row.handler,
        state=StepState(row.state),
        cause=row.cause,
        rows=counts[0],
        done=counts[1],
        failed=counts[2],
        started_at=row.started_at,
        finished_at=row.finished_at,
        tasks=tasks,
    )


def task_of(row: TaskRow) -> TaskRead:
    """A task."""
    return TaskRead(
        id=row.id,
        step=row.step,
        index=row.index,
        state=TaskState(row.state),
        attempt=row.attempt,
        worker=row.worker,
        cause=row.cause,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )
