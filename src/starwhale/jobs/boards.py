"""Boards as rows of the catalog: reading a job the way its scheduler sees it, and writing its changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, literal, select, update
from sqlalchemy.orm import Session

from starwhale.catalog.outbox import emit
from starwhale.catalog.tables.base import UtcDateTime
from starwhale.catalog.tables.jobs import JobEventRow, JobRow, StepRow, TaskRow
from starwhale.core.actor import Actor
from starwhale.core.errors import Conflict, NotFound
from starwhale.jobs.board import Job, Limits, Step, Task
from starwhale.jobs.events import Change
from starwhale.jobs.leases import Fenced
from starwhale.jobs.plan import JobPlan
from starwhale.jobs.states import FINAL_JOB, FINAL_TASK, JobState, StepState, Subject, TaskState, Want
from starwhale.jobs.veils import for_everybody
from starwhale.kit.process import ProcessId

_NOBODY = {"owner_host": "", "owner_pid": 0, "owner_started": ""}
_RESTING = FINAL_JOB | {JobState.PAUSED}
#: What a job is in before somebody has it run, for the first time or again.
_AT_REST = sorted(each.value for each in _RESTING | {JobState.CREATED})

_FENCE = (
    update(JobRow)
    .where(JobRow.id == bindparam("job"), JobRow.epoch == bindparam("held"))
    .values(heartbeat_at=bindparam("now"))
)
_MOVE_TASK = (
    update(TaskRow)
    .where(
        TaskRow.job_id == bindparam("job"), TaskRow.id == bindparam("name"), TaskRow.state == bindparam("old")
    )
    .values(
        state=bindparam("new"),
        cause=bindparam("why"),
        attempt=bindparam("tries"),
        deaths=bindparam("died"),
        worker=func.coalesce(bindparam("who"), TaskRow.worker),
        started_at=func.coalesce(TaskRow.started_at, bindparam("started", type_=UtcDateTime())),
        finished_at=bindparam("finished"),
    )
)
_MOVE_STEP = (
    update(StepRow)
    .where(
        StepRow.job_id == bindparam("job"),
        StepRow.position == bindparam("name"),
        StepRow.state == bindparam("old"),
    )
    .values(
        state=bindparam("new"),
        cause=bindparam("why"),
        started_at=func.coalesce(StepRow.started_at, bindparam("started", type_=UtcDateTime())),
        finished_at=bindparam("finished"),
    )
)


@dataclass(frozen=True, slots=True)
class BoardRepository:
    """Boards of jobs in the transaction `session`."""

    session: Session

    def fence(self, job: str, epoch: int, now: datetime) -> None:
        """Make sure that a scheduler is the present one, and keep it so until the transaction ends.

        Raises:
            Fenced: another has the job.
        """
        given = {"job": job, "held": epoch, "now": now}
        if self.session.connection().execute(_FENCE, given).rowcount != 1:
            raise Fenced(f"another process runs job {job[:12]} by now")

    def lock(self, job: str) -> Row[*tuple[Any, ...]]:
        """What decides who may have a job: `state`, `epoch`, the owner. Nobody changes it meanwhile.

        Raises:
            NotFound: there is no such job.
        """
        query = select(
            JobRow.id,
            JobRow.state,
            JobRow.epoch,
            JobRow.owner_host,
            JobRow.owner_pid,
            JobRow.owner_started,
            JobRow.heartbeat_at,
            JobRow.removed_at,
        )
        row = self.session.execute(query.where(JobRow.id == job).with_for_update()).first()
        if row is None:
            raise NotFound(f"no job {job}", hint="list them with `swcli job list`")
        return row

    def own(self, job: str, epoch: int, owner: ProcessId, now: datetime) -> None:
        """Write down who runs the job from now on."""
        self.session.execute(
            update(JobRow)
            .where(JobRow.id == job)
            .values(
                epoch=epoch,
                owner_host=owner.host,
                owner_pid=owner.pid,
                owner_started=owner.started,
                heartbeat_at=now,
                want=Want.RUN.value,
                want_cause="",
                want_hurry=False,
            )
        )

    def disown(self, job: str, cause: str) -> None:
        """Write down that nobody runs it, in whatever state it is."""
        self.session.execute(update(JobRow).where(JobRow.id == job).values(cause=cause, **_NOBODY))

    def load(self, job: str, limits: Limits) -> Job:
        """Read the board of a job."""
        state, stored = self.session.execute(select(JobRow.state, JobRow.plan).where(JobRow.id == job)).one()
        plan = JobPlan.from_json(stored)
        planned = [step.spec for step in plan.steps]
        positions = {spec.id: at for at, spec in enumerate(planned)}
        needs = {at: spec.needs for at, spec in enumerate(planned)}
        tasks: dict[str, Task] = {}
        names: dict[int, list[str]] = {at: [] for at in needs}
        query = select(TaskRow.id, TaskRow.step, TaskRow.state, TaskRow.attempt, TaskRow.deaths)
        rows = self.session.execute(query.where(TaskRow.job_id == job).order_by(TaskRow.step, TaskRow.index))
        for name, step, task_state, attempt, deaths in rows:
            names[step].append(name)
            tasks[name] = Task(
                id=name, step=step, state=TaskState(task_state), attempt=attempt, deaths=deaths
            )
        found = select(StepRow.position, StepRow.state).where(StepRow.job_id == job)
        states = {at: StepState(step_state) for at, step_state in self.session.execute(found)}
        steps = tuple(
            Step(
                position=at,
                needs=tuple(positions[need] for need in needs[at]),
                tasks=tuple(names[at]),
                state=states[at],
            )
            for at in sorted(needs)
        )
        limits = replace(limits, deadline=plan.deadline)
        return Job.of(steps, tasks, JobState(state), limits)

    def running_since(self, job: str) -> datetime | None:
        """When a job was begun that is not at rest, however many schedulers it has had since."""
        mine = (JobEventRow.job_id == job, JobEventRow.subject == Subject.JOB.value)
        left_rest = select(func.max(JobEventRow.id)).where(*mine, JobEventRow.old.in_(_AT_REST))
        begun = select(func.min(JobEventRow.at)).where(
            *mine, JobEventRow.new == JobState.RUNNING.value, JobEventRow.id > left_rest.scalar_subquery()
        )
        return self.session.scalar(begun)

    def write(self, job: str, changes: Sequence[Change], now: datetime) -> None:
        """Write changes of states, each only where the state is still the one it was.

        Raises:
            Conflict: a state is another one by now.
        """
        if not changes:
            return
        self._move(_MOVE_TASK, [_task_values(job, each, now) for each in _merged(changes, Subject.TASK)])
        self._move(_MOVE_STEP, [_step_values(job, each, now) for each in _merged(changes, Subject.STEP)])
        for each in _merged(changes, Subject.JOB):
            self._move_job(job, each, now)
        self.session.execute(
            insert(JobEventRow),
            [
                {
                    "job_id": job,
                    "at": now,
                    "subject": each.subject.value,
                    "name": each.name,
                    "old": each.old.value,
                    "new": each.new.value,
                    "cause": each.cause,
                }
                for each in changes
            ],
        )

    def _move(self, statement: Any, values: list[dict[str, Any]]) -> None:
        if values and self.session.connection().execute(statement, values).rowcount != len(values):
            raise Conflict("the state of a task was changed by somebody else")

    def _move_job(self, job: str, moves: list[Change], now: datetime) -> None:
        new = moves[-1].new
        values: dict[str, Any] = {"state": new.value, "cause": moves[-1].cause}
        if any(each.new is JobState.RUNNING for each in moves):
            values["started_at"] = func.coalesce(JobRow.started_at, literal(now, UtcDateTime()))
        values["finished_at"] = now if new in FINAL_JOB else None
        if new in _RESTING:
            values |= _NOBODY
        moved = self.session.connection().execute(
            update(JobRow).where(JobRow.id == job, JobRow.state == moves[0].old.value).values(values)
        )
        if moved.rowcount != 1:
            raise Conflict(f"the state of job {job[:12]} was changed by somebody else")
        if new in _RESTING:
            found = select(JobRow.created_by, JobRow.project_id, JobRow.plan).where(JobRow.id == job)
            owner, project, plan = self.session.execute(found).one()
            # Guests of the project are told of it, and strangers where it is a public one.
            cause = for_everybody(JobPlan.from_json(plan), moves[-1].cause)
            told = {"job": job, "state": new.value, "cause": cause}
            emit(self.session, Actor(name=owner), "job.rested", told, project=project)


def _merged(changes: Iterable[Change], subject: Subject) -> list[list[Change]]:
    """Changes of each task, step or job in their order: its row is written once."""
    moves: dict[str, list[Change]] = {}
    for each in changes:
        if each.subject is subject:
            moves.setdefault(each.name, []).append(each)
    return list(moves.values())


def _task_values(job: str, moves: list[Change], now: datetime) -> dict[str, Any]:
    last = moves[-1]
    workers = [each.worker for each in moves if each.worker]
    return {
        "job": job,
        "name": last.name,
        "old": moves[0].old.value,
        "new": last.new.value,
        "why": last.cause,
        "tries": last.attempt,
        "died": last.deaths,
        "who": workers[-1] if workers else None,
        "started": now if any(each.new is TaskState.RUNNING for each in moves) else None,
        "finished": now if last.new in FINAL_TASK else None,
    }


def _step_values(job: str, moves: list[Change], now: datetime) -> dict[str, Any]:
    last = moves[-1]
    final = {StepState.SUCCESS, StepState.FAIL, StepState.CANCELED}
    return {
        "job": job,
        "name": int(last.name),
        "old": moves[0].old.value,
        "new": last.new.value,
        "why": last.cause,
        "started": now if any(each.new is StepState.RUNNING for each in moves) else None,
        "finished": now if last.new in final else None,
    }
