"""Queries of jobs, for readers and for whoever makes, removes or asks something of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, insert, outerjoin, select, update
from sqlalchemy.orm import Session

from starwhale.catalog.keyset import cut
from starwhale.catalog.tables.jobs import JobEventRow, JobMarkRow, JobRow, StepRow, TaskRow
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.core.errors import Conflict, Corrupted
from starwhale.core.page import Page, PageRequest
from starwhale.core.version import random_version, short
from starwhale.jobs.plan import JobPlan, RangePlan, task_id
from starwhale.jobs.ranges import RangeRepository
from starwhale.jobs.readings import Counts, job_of, known, plan_of, step_of, strange, task_of
from starwhale.jobs.schemas import JobEventRead, JobFilter, JobRead, StepRead, TaskRead
from starwhale.jobs.searching import conditions, order
from starwhale.jobs.states import JobState, StepState, Subject, TaskState, Want
from starwhale.jobs.usages import UsageRepository
from starwhale.kit.process import ProcessId

#: Rows that are looked at at a time.
_AT_ONCE = 500
_UNREST = [each.value for each in (JobState.CREATED, JobState.READY, JobState.RUNNING, JobState.CANCELLING)]


@dataclass(frozen=True, slots=True)
class JobRepository:
    """Jobs as rows of the transaction `session`."""

    session: Session

    def add(
        self, project_id: int, plan: JobPlan, work: Sequence[RangePlan], created_by: str, now: datetime
    ) -> str:
        """Insert a job with its steps, tasks and ranges.

        Returns:
            Its id.
        """
        job = random_version()
        created = {
            "id": job,
            "project_id": project_id,
            "handler": plan.handler,
            "state": JobState.CREATED.value,
            "want": Want.RUN.value,
            "want_cause": "",
            "want_hurry": False,
            "cause": "",
            "epoch": 0,
            "owner_host": "",
            "owner_pid": 0,
            "owner_started": "",
            "heartbeat_at": now,
            "plan": plan.to_json(),
            "rows": sum(each.rows for each in work),
            "created_at": now,
            "created_by": created_by,
        }
        self.session.execute(insert(JobRow).values(created))
        steps = [
            {"job_id": job, "position": at, "handler": step.spec.id, "state": StepState.CREATED, "cause": ""}
            for at, step in enumerate(plan.steps)
        ]
        tasks = [
            {
                "job_id": job,
                "id": task_id(at, index),
                "step": at,
                "index": index,
                "state": TaskState.CREATED.value,
                "attempt": 0,
                "deaths": 0,
                "worker": "",
                "cause": "",
            }
            for at, step in enumerate(plan.steps)
            for index in step.tasks
        ]
        self.session.execute(insert(StepRow), steps)
        self.session.execute(insert(TaskRow), tasks)
        RangeRepository(self.session).add(job, work)
        return job

    def matching(self, project_id: int, prefix: str, *, removed: bool, limit: int = 6) -> list[str]:
        """Ids of jobs of a project that begin with `prefix`, the newest first.

        Args:
            project_id: The project.
            prefix: The beginning, or all of it.
            removed: Those in the trash as well.
            limit: How many at most.
        """
        trash = [] if removed else [JobRow.removed_at.is_(None)]
        query = (
            select(JobRow.id)
            .where(JobRow.project_id == project_id, JobRow.id.startswith(prefix, autoescape=True), *trash)
            .order_by(JobRow.created_at.desc(), JobRow.id)
            .limit(limit)
        )
        return list(self.session.scalars(query))

    def read(self, job: str) -> JobRead:
        """One job that is known to exist, with its steps and tasks."""
        row, project, mark = self.session.execute(_jobs().where(JobRow.id == job)).one()
        counts = RangeRepository(self.session).counts([job])
        return job_of(row, project, mark, counts, self._steps(job, counts))

    def task_state(self, job: str, task: str) -> tuple[TaskState, datetime | None] | None:
        """State of a task, and when it ended; None where the job has no such task."""
        query = select(TaskRow.state, TaskRow.finished_at).where(TaskRow.job_id == job, TaskRow.id == task)
        found = self.session.execute(query).one_or_none()
        return None if found is None else (known(TaskState, found[0]) or TaskState.UNKNOWN, found[1])

    def page(
        self,
        project_id: int,
        request: PageRequest,
        wanted: JobFilter,
        lost: Sequence[str] = (),
        places: Sequence[str] | None = None,
    ) -> Page[JobRead]:
        """One page of the jobs of a project that are wanted; without steps.

        Args:
            project_id: The project.
            request: Which page.
            wanted: Which jobs, and in what order.
            lost: Jobs that are shown as UNKNOWN, whatever is stored.
            places: See `conditions`.
        """
        which = conditions(project_id, wanted, lost, places)
        marked = outerjoin(JobRow, JobMarkRow, JobMarkRow.job_id == JobRow.id)
        total = self.session.scalar(select(func.count()).select_from(marked).where(*which)) or 0
        found = cut(self.session, _jobs().where(*which), order(wanted), request)
        counts = RangeRepository(self.session).counts([row.id for row, *_ in found.rows])
        items = tuple(job_of(row, project, mark, counts) for row, project, mark, *_ in found.rows)
        return Page(items=items, total=total, request=request, next=found.next)

    def lock(self, job: str) -> bool:
        """Have other transactions wait that would note something about a job; whether there is one."""
        return self.session.scalar(select(JobRow.id).where(JobRow.id == job).with_for_update()) is not None

    def mark_job(self, job: str, values: Mapping[str, Any]) -> None:
        """Note something about a job; what is not mentioned stays."""
        changed = update(JobMarkRow).where(JobMarkRow.job_id == job).values(**values)
        if self.session.connection().execute(changed).rowcount == 0:
            plan = self.session.scalar(select(JobRow.plan).where(JobRow.id == job)) or {}
            fresh = {"comment": plan.get("comment", ""), "pinned": False, "priority": 0, **values}
            self.session.execute(insert(JobMarkRow).values(job_id=job, **fresh))

    def queued(self, limit: int) -> list[tuple[str, str]]:
        """Projects and ids of jobs that wait in the queue, whoever is to go first before the others."""
        query = (
            select(ProjectRow.name, JobRow.id)
            .join(JobMarkRow, JobMarkRow.job_id == JobRow.id)
            .join(ProjectRow, ProjectRow.id == JobRow.project_id)
            .where(
                JobRow.state == JobState.CREATED.value,
                JobRow.removed_at.is_(None),
                JobMarkRow.queued_at.is_not(None),
            )
            .order_by(JobMarkRow.priority.desc(), JobMarkRow.queued_at, JobRow.id)
            .limit(limit)
        )
        return [(project, job) for project, job in self.session.execute(query)]

    def to_attend(self) -> Sequence[Row[*tuple[Any, ...]]]:
        """Jobs of the queue that are not at rest, whoever is to go first before the others.

        Returns:
            `project` and `id`, `state` and the owner, as `BoardRepository.lock` gives them.
        """
        query = (
            select(
                ProjectRow.name.label("project"),
                JobRow.id,
                JobRow.state,
                JobRow.owner_host,
                JobRow.owner_pid,
                JobRow.owner_started,
                JobRow.heartbeat_at,
            )
            .join(JobMarkRow, JobMarkRow.job_id == JobRow.id)
            .join(ProjectRow, ProjectRow.id == JobRow.project_id)
            .where(
                JobRow.state.in_(_UNREST),
                JobRow.removed_at.is_(None),
                ProjectRow.removed_at.is_(None),
                JobMarkRow.queued_at.is_not(None),
            )
            .order_by(JobMarkRow.priority.desc(), JobMarkRow.queued_at, JobRow.id)
        )
        return self.session.execute(query).all()

    def events(self, job: str, after: int, limit: int) -> list[JobEventRead]:
        """Changes of states of a job in their order, behind event number `after`."""
        query = (
            select(JobEventRow)
            .where(JobEventRow.job_id == job, JobEventRow.id > after)
            .order_by(JobEventRow.id)
            .limit(limit)
        )
        return [
            JobEventRead(
                id=row.id,
                at=row.at,
                subject=(subject := known(Subject, row.subject)) or Subject.JOB,
                name=row.name,
                old=row.old,
                new=row.new,
                cause=row.cause if subject else strange("subject", row.subject),
            )
            for row in self.session.scalars(query)
        ]

    def count_events(self, job: str, after: int) -> int:
        """How many changes of states of a job there are behind event number `after`."""
        behind = JobEventRow.job_id == job, JobEventRow.id > after
        return self.session.scalar(select(func.count()).select_from(JobEventRow).where(*behind)) or 0

    def set_aside(self, job: str, cause: str, now: datetime) -> None:
        """Have a job fail whose row cannot be read as a whole, whatever it was at; nobody runs it then."""
        query = select(JobRow.state).where(JobRow.id == job)
        old = self.session.scalar(query) or ""
        failed = {"state": JobState.FAIL.value, "cause": cause, "finished_at": now, "owner_host": ""}
        # Whoever runs it all the same may write nothing from now on.
        changed = update(JobRow).where(JobRow.id == job).values(**failed, epoch=JobRow.epoch + 1)
        self.session.execute(changed)
        self.session.execute(update(JobMarkRow).where(JobMarkRow.job_id == job).values(queued_at=None))
        event = {"at": now, "subject": Subject.JOB.value, "name": "", "old": old, "new": JobState.FAIL.value}
        self.session.execute(insert(JobEventRow).values(job_id=job, cause=cause, **event))

    def note_wait(self, job: str, cause: str) -> None:
        """Say why a job that nobody runs waits on."""
        free = (JobRow.id == job, JobRow.owner_host == "", JobRow.state.in_(_UNREST))
        self.session.execute(update(JobRow).where(*free).values(cause=cause))

    def want(self, job: str, want: Want, cause: str, *, hurry: bool = False) -> None:
        """Leave word for the scheduler.

        Raises:
            Conflict: the job is to be canceled, and the wish is another one.
        """
        values = {"want": want.value, "want_cause": cause, "want_hurry": hurry}
        heard = update(JobRow).where(JobRow.id == job).values(values)
        if want is not Want.CANCEL:
            # A scheduler may not have looked since.
            heard = heard.where(JobRow.want != Want.CANCEL.value)
        if self.session.connection().execute(heard).rowcount != 1:
            raise Conflict(f"job {short(job)} is being canceled")

    def owner(self, job: str) -> ProcessId | None:
        """The process that runs a job; None where none does."""
        query = select(JobRow.owner_host, JobRow.owner_pid, JobRow.owner_started).where(JobRow.id == job)
        found = self.session.execute(query).first()
        if found is None or not found.owner_host:
            return None
        return ProcessId(host=found.owner_host, pid=found.owner_pid, started=found.owner_started)

    def project_of(self, job: str) -> int | None:
        """Number of the project of a job; None where there is no such job."""
        return self.session.scalar(select(JobRow.project_id).where(JobRow.id == job))

    def want_cause(self, job: str) -> str:
        """Who asked last for something, and why."""
        return self.session.scalar(select(JobRow.want_cause).where(JobRow.id == job)) or ""

    def mark(self, job: str, removed_at: datetime | None) -> None:
        """Put a job into the trash, or take it out."""
        self.session.execute(update(JobRow).where(JobRow.id == job).values(removed_at=removed_at))

    def known(self, some: Sequence[str]) -> set[str]:
        """Those of some ids of jobs that there are, in the trash too."""
        return set(self.session.scalars(select(JobRow.id).where(JobRow.id.in_(some))))

    def removed_before(self, moment: datetime, some: Sequence[str] | None = None) -> list[str]:
        """Ids of the jobs that went into the trash before `moment`; of `some` alone, where given."""
        query = select(JobRow.id).where(JobRow.removed_at < moment)
        return list(self.session.scalars(query if some is None else query.where(JobRow.id.in_(some))))

    def lock_removed(self, some: Sequence[str], moment: datetime) -> list[str]:
        """As `removed_before`; nobody takes those jobs out of the trash until the transaction ends."""
        query = select(JobRow.id).where(JobRow.id.in_(some), JobRow.removed_at < moment)
        return list(self.session.scalars(query.order_by(JobRow.id).with_for_update()))

    def plans(self) -> Iterator[tuple[str, JobPlan]]:
        """State and plan of every job, those in the trash too.

        Raises:
            Corrupted: one cannot be read, so that nobody knows what it needs.
        """
        for row in self.session.scalars(select(JobRow).execution_options(yield_per=_AT_ONCE)):
            plan, broken = plan_of(row, "")
            if broken:
                hint = f"`swcli job remove --force {short(row.id)}` gives it up"
                raise Corrupted(f"job {short(row.id)}: {broken}", hint=hint)
            yield row.state, plan

    def delete(self, job: str) -> None:
        """Forget a job for good."""
        self.session.execute(JobRow.__table__.delete().where(JobRow.id == job))  # type: ignore[attr-defined] - a mapped table has it

    def _steps(self, job: str, counts: Counts) -> tuple[StepRead, ...]:
        usages = UsageRepository(self.session)
        used, totals = usages.of_tasks(job), usages.of_steps(job)
        tasks: dict[int, list[TaskRead]] = {}
        found = select(TaskRow).where(TaskRow.job_id == job).order_by(TaskRow.step, TaskRow.index)
        for row in self.session.scalars(found):
            tasks.setdefault(row.step, []).append(task_of(row, used.get(row.id)))
        steps = select(StepRow).where(StepRow.job_id == job).order_by(StepRow.position)
        return tuple(
            step_of(
                row,
                counts.get((job, row.position), (0, 0, 0)),
                tuple(tasks.get(row.position, ())),
                totals.get(row.position),
            )
            for row in self.session.scalars(steps)
        )


def _jobs() -> Select[Any, Any, Any]:
    return (
        select(JobRow, ProjectRow.name, JobMarkRow)
        .join(ProjectRow, ProjectRow.id == JobRow.project_id)
        .outerjoin(JobMarkRow, JobMarkRow.job_id == JobRow.id)
    )
