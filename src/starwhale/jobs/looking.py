"""Jobs as readers see them: their states, their history, what their tasks have printed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from starwhale.catalog.engine import Catalog, Session
from starwhale.core.actor import Actor
from starwhale.core.cursor import cursor_of, values_of
from starwhale.core.errors import NotFound
from starwhale.core.instances import LOCAL
from starwhale.core.page import LARGEST, Page, PageRequest
from starwhale.core.permissions import READ_JOB, Permission
from starwhale.core.settings import Settings
from starwhale.core.uri import JobUri
from starwhale.core.version import short
from starwhale.jobs.catalog_ledger import CatalogLedger
from starwhale.jobs.hosts import HostService
from starwhale.jobs.kept_logs import open_written
from starwhale.jobs.liveness import ATTENDED
from starwhale.jobs.logs import LogArchive
from starwhale.jobs.lookup import as_shown, find_job
from starwhale.jobs.lost import lost_in
from starwhale.jobs.repository import JobRepository
from starwhale.jobs.schemas import JobEventRead, JobFilter, JobRead, LogChunk
from starwhale.jobs.states import FINAL_TASK, TaskState
from starwhale.jobs.usage import UsageRead
from starwhale.jobs.usage_points import LONGEST, points_of
from starwhale.jobs.usage_tracks import SUFFIX, WHOLE
from starwhale.jobs.usages import UsageRepository
from starwhale.jobs.veils import findable
from starwhale.jobs.waiting import as_waiting
from starwhale.kit.process import this_process
from starwhale.kit.times import utc_now
from starwhale.projects.service import ProjectService

#: Bytes of a log that are read at a time, unless somebody asks for another number.
LOG_BYTES = 1 << 20
#: Time that the last lines of a log take at most to be where other servers read them.
COPIED = timedelta(seconds=3)
#: The same where the job goes on, and whoever runs it has other things to do as well.
COPIED_MEANWHILE = timedelta(seconds=30)
_RESTING = FINAL_TASK | {TaskState.PAUSED}


@dataclass(frozen=True, slots=True)
class SeenJobs:
    """What one may see of the jobs of one instance.

    Args:
        catalog: Where they are written down.
        settings: Where their logs lie, and how long leases last.
        archive: Logs of jobs that other servers run; None where there are none.
    """

    catalog: Catalog
    settings: Settings
    archive: LogArchive | None = None

    @property
    def ledger(self) -> CatalogLedger:
        """States and leases, for schedulers and workers."""
        return CatalogLedger(catalog=self.catalog, lease_time=timedelta(seconds=self.settings.lease_seconds))

    @property
    def hosts(self) -> HostService:
        """Servers that run jobs."""
        return HostService(catalog=self.catalog, patience=self.ledger.patience)

    def uri(self, job: JobRead) -> JobUri:
        """The address of a job of this instance."""
        return JobUri(instance=LOCAL, project=job.project, job=job.id)

    def info(self, actor: Actor, uri: JobUri, *, removed: bool = False) -> JobRead:
        """One job with its steps and tasks.

        Args:
            actor: Who asks.
            uri: The job.
            removed: Also where it lies in the trash.

        Raises:
            NotFound: there is none, or it was removed.
            Ambiguous: several begin so.
        """
        with self.catalog.read() as session:
            job = JobRepository(session).read(self._find(session, actor, uri, removed=removed))
            return as_waiting(session, self._shown(job), self.hosts)

    def list(
        self,
        actor: Actor,
        project: str,
        page: PageRequest | None = None,
        *,
        include_removed: bool = False,
        wanted: JobFilter | None = None,
    ) -> Page[JobRead]:
        """One page of the jobs of a project, in the usual order if no other is wanted; without steps.

        By the name of its model a job is found only where he may see that name: see `veils`.

        Args:
            actor: Who asks.
            project: The project.
            page: Which page.
            include_removed: Those in the trash as well.
            wanted: Which jobs, and in what order; `include_removed` is part of it.

        Raises:
            NotFound: there is no such project.
        """
        with self.catalog.read() as session:
            number = ProjectService(self.catalog).id_in(session, actor, project, READ_JOB)
            usual = JobFilter(removed="shown" if include_removed else "hidden")
            asked = wanted or usual
            lost = lost_in(session, number, utc_now(), self.ledger.patience) if asked.states else []
            by_model = asked.model or asked.text
            places = findable(session, actor, number, project) if by_model else None
            found = JobRepository(session).page(number, page or PageRequest(), asked, lost, places)
        return replace(found, items=tuple(self._shown(job) for job in found.items))

    def events(
        self, actor: Actor, uri: JobUri, *, after: int = 0, limit: int = LARGEST
    ) -> Sequence[JobEventRead]:
        """The history of states of a job, its steps and tasks, beginning after event number `after`."""
        with self.catalog.read() as session:
            return JobRepository(session).events(self._find(session, actor, uri), after, min(limit, LARGEST))

    def history(self, actor: Actor, uri: JobUri, page: PageRequest, *, after: int = 0) -> Page[JobEventRead]:
        """One page of the history of states of a job, beginning after event number `after`."""
        with self.catalog.read() as session:
            jobs, job = JobRepository(session), self._find(session, actor, uri)
            last = values_of(page.after, [int])[0] if page.after else None
            found = jobs.events(job, max(after, last or 0), page.size + 1)
            more = len(found) > page.size
            return Page(
                items=tuple(found[: page.size]),
                total=jobs.count_events(job, after),
                request=page,
                next=cursor_of([found[page.size - 1].id]) if more else None,
            )

    def logs(self, actor: Actor, uri: JobUri, task: str, offset: int = 0, limit: int = LOG_BYTES) -> LogChunk:
        """What a task has printed, from byte `offset` on.

        Raises:
            NotFound: there is no such job or task.
        """
        with self.catalog.read() as session:
            jobs = JobRepository(session)
            job = self._find(session, actor, uri)
            state, finished = _task_state(jobs, job, task)
        archive = self._elsewhere(job)
        if archive is not None:
            data = archive.read(job, task, offset, limit)
            found, now = self.info(actor, uri), utc_now()
            # Whoever ran it may still be copying its last lines.
            settled = now - found.heartbeat_at > COPIED and found.state not in ATTENDED
            settled |= state in FINAL_TASK and finished is not None and now - finished > COPIED_MEANWHILE
            ended = len(data) < limit and settled
            return LogChunk(data=data, next=offset + len(data), ended=ended)
        try:
            with open_written(self._logs(job) / f"{task}.log") as log:
                log.seek(offset)
                data = log.read(limit)
        except FileNotFoundError:
            data = b""
        ended = len(data) < limit and (state in _RESTING or self.info(actor, uri).state not in ATTENDED)
        return LogChunk(data=data, next=offset + len(data), ended=ended)

    def log_sizes(self, actor: Actor, uri: JobUri) -> dict[str, int]:
        """Bytes that tasks have printed so far, by task; those that printed nothing are left out."""
        with self.catalog.read() as session:
            job = self._find(session, actor, uri)
        archive = self._elsewhere(job)
        if archive is not None:
            return archive.sizes(job)
        try:
            with os.scandir(self._logs(job)) as found:
                logs = (each for each in found if each.name.endswith(".log"))
                return {
                    each.name.removesuffix(".log"): each.stat(follow_symlinks=False).st_size
                    for each in logs
                    if each.is_file(follow_symlinks=False)
                }
        except FileNotFoundError:
            return {}

    def usage(self, actor: Actor, uri: JobUri, *, step: int | None = None, task: str = "") -> UsageRead:
        """What a job uses over time, or one step of it, or one task.

        Args:
            actor: Who asks.
            uri: The job.
            step: Position of the step; None for the job as a whole.
            task: The task, where one is meant.

        Raises:
            NotFound: there is no such job, step or task.
        """
        with self.catalog.read() as session:
            jobs = JobRepository(session)
            job = self._find(session, actor, uri)
            if task:
                _task_state(jobs, job, task)
            elif step is not None and not UsageRepository(session).has_step(job, step):
                raise NotFound(f"job {short(job)} has no step {step}", hint="steps are counted from 0")
            attempts = UsageRepository(session).of_task(job, task) if task else ()
        name = task or (WHOLE if step is None else str(step))
        archive = self._elsewhere(job)
        if archive is not None:
            return UsageRead(points=points_of(archive.usage.read(job, name, 0, LONGEST)), attempts=attempts)
        try:
            with (self._usage(job) / f"{name}{SUFFIX}").open("rb") as file:
                data = file.read(LONGEST)
        except FileNotFoundError:
            data = b""
        return UsageRead(points=points_of(data), attempts=attempts)

    def _elsewhere(self, job: str) -> LogArchive | None:
        """Where the logs of a job are read that this process does not run; None for its own files."""
        if self.archive is None:
            return None
        with self.catalog.read() as session:
            owner = JobRepository(session).owner(job)
        return None if owner == this_process() else self.archive

    def _find(
        self,
        session: Session,
        actor: Actor,
        uri: JobUri,
        wanted: Permission = READ_JOB,
        *,
        removed: bool = False,
    ) -> str:
        project = ProjectService(self.catalog).id_in(session, actor, uri.project, wanted)
        return find_job(JobRepository(session), project, uri, removed=removed)

    def _shown(self, job: JobRead) -> JobRead:
        return as_shown(job, utc_now(), self.ledger.patience)

    def _logs(self, job: str) -> Path:
        return self.settings.run / job / "logs"

    def _usage(self, job: str) -> Path:
        return self.settings.run / job / "usage"


def _task_state(jobs: JobRepository, job: str, task: str) -> tuple[TaskState, datetime | None]:
    """State of a task, and when it ended.

    Raises:
        NotFound: the job has no such task.
    """
    state = jobs.task_state(job, task)
    if state is None:
        known = [each.id for step in jobs.read(job).steps for each in step.tasks]
        several = f"{', '.join(known[:8])}{', ...' if len(known) > 8 else ''}"
        raise NotFound(f"job {short(job)} has no task {task!r}", hint=f"there are {several}")
    return state
