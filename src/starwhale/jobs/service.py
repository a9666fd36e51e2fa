"""What one can do with jobs; the rules every door shares.

with LocalExecutor(settings.run, environment=settings.to_env()) as executor:
outfit = Outfit(workdir=workdir, modules=modules)
specs = {spec.id: spec for spec in executor.discover(outfit)}
request = JobRequest(project="self", specs=specs, datasets=(uri,), workdir=workdir, modules=modules)
job = jobs.create(actor, request, split=partial(executor.split, outfit))
job = jobs.run(actor, jobs.uri(job), executor)
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from starwhale.artifacts.service import ArtifactService
from starwhale.catalog.engine import Catalog, Session
from starwhale.catalog.outbox import emit
from starwhale.core.actor import Actor
from starwhale.core.errors import Conflict, NotFound
from starwhale.core.page import LARGEST, Page, PageRequest
from starwhale.core.permissions import READ_JOB, WRITE_JOB, Permission
from starwhale.core.settings import Settings
from starwhale.core.uri import LOCAL, JobUri
from starwhale.core.version import short
from starwhale.jobs.catalog_ledger import CatalogLedger
from starwhale.jobs.driver import settle
from starwhale.jobs.executors.port import Executor, Outfit
from starwhale.jobs.liveness import ATTENDED
from starwhale.jobs.logs import LogArchive
from starwhale.jobs.lookup import as_shown, find_job
from starwhale.jobs.plan import JobPlan, RangePlan, check_format
from starwhale.jobs.planner import plan_work
from starwhale.jobs.progress import Watch
from starwhale.jobs.repository import JobRepository
from starwhale.jobs.request import JobRequest, plan_job
from starwhale.jobs.runner import JobRunner
from starwhale.jobs.schemas import JobEventRead, JobRead, LogChunk
from starwhale.jobs.states import FINAL_TASK, JobState, TaskState, Want
from starwhale.kit.process import this_process
from starwhale.kit.times import utc_now
from starwhale.projects.service import ProjectService

#: Cuts what a step of a plan reads into ranges, given its position.
Split = Callable[[JobPlan, int], Sequence[RangePlan]]

#: Seconds that `cancel` and `pause` wait for the scheduler to have done it.
WAIT = 20.0

#: Seconds after which a copy of code that no running job uses was left behind.
LEFT_BEHIND = 86_400.0

#: See `JobService.forget`.
Forget = Callable[["Session", str, str], None]
#: See `JobService.begin_with`.
BeginWith = Callable[["Session", tuple[str, str], tuple[str, str]], None]
LOG_BYTES = 1 << 20
#: Time that the last lines of a log take at most to be where other servers read them.
COPIED = timedelta(seconds=3)
_RESTING = FINAL_TASK | {TaskState.PAUSED}


@dataclass(frozen=True, slots=True)
class JobService:
    """Jobs of one instance.

    Args:
        catalog: Where they are written down.
        settings: Where their logs lie, and how long leases last.
        forget: Called with the transaction in which a job is deleted for good, the project of its results
            and its id: whoever keeps more of it lets go of that.
        begin_with: Called with the transaction in which a job is made that begins with the results of
            another, and with project and id of that one and of the new one.
        archive: Logs of jobs that other servers run; None where there are none.
    """

    catalog: Catalog
    settings: Settings
    forget: Forget = field(default=lambda _session, _project, _job: None)
    begin_with: BeginWith = field(default=lambda _session, _source, _target: None)
    archive: LogArchive | None = None

    @property
    def ledger(self) -> CatalogLedger:
        """States and leases, for schedulers and workers."""
        return CatalogLedger(catalog=self.catalog, lease_time=timedelta(seconds=self.settings.lease_seconds))

    # Making and running.

    def create(self, actor: Actor, request: JobRequest, *, split: Split, queue: int | None = None) -> JobRead:
        """Write a job down; nothing of it runs yet.

        Args:
            actor: Who wants it.
            request: What he wants.
            split: Cuts what a step reads into ranges.
            queue: Priority with which it waits for whoever works through the queue; None: it does not wait.

        Raises:
            NotFound: there is no such handler, dataset or project.
            Ambiguous: the handler or an address means several.
            InvalidSpec: the graph of handlers, a resource or the isolation is wrong.
            UsageError: a step reads rows and nobody said which.
        """
        plan = plan_job(request, partial(ArtifactService(self.catalog).resolve, actor))
        work = plan_work(plan.steps, lambda position, _: split(plan, position))
        with self.catalog.begin() as session:
            project = ProjectService(self.catalog).id_in(session, actor, request.project, WRITE_JOB)
            jobs = JobRepository(session)
            job = jobs.add(project, plan, work, actor.name, utc_now())
            if request.reuse is not None:
                before = request.reuse.plan
                source = before.log_project or request.reuse.project
                self.begin_with(session, (source, request.reuse.id), (plan.log_project, job))
            if queue is not None:
                jobs.mark_job(job, {"priority": queue, "queued_at": utc_now()})
            emit(session, actor, "job.created", {"project": request.project, "job": job}, project=project)
            return jobs.read(job)

    def run(
        self,
        actor: Actor,
        uri: JobUri,
        executor: Executor,
        *,
        outfit: Outfit | None = None,
        watch: Watch | None = None,
        force: bool = False,
    ) -> JobRead:
        """Run a job in this process until it rests; one that was broken off goes on where it was.

        Ctrl-C cancels it; twice, without waiting for anybody. SIGTERM and SIGHUP pause it before they do
        what they always do.

        Args:
            actor: Who runs it.
            uri: The job.
            executor: Runs the tasks. It is not closed, so that its workers stay warm.
            outfit: What its workers are started with now; where its code was, and our own Python, by default.
            watch: Told how far the job is, a few times a second.
            force: Take it over even from a process that seems to run it.

        Returns:
            The job at rest: SUCCESS, FAIL, CANCELED or PAUSED; `check_success` turns it into an error.

        Raises:
            Conflict: somebody runs it, or it has succeeded.
            NotFound: there is no such job, or its directory is gone.
            Corrupted: a later release made it.
        """
        job = self._to_change(actor, uri)
        check_format(job.plan.format, f"job {short(job.id)}")
        outfit = outfit or Outfit(
            workdir=Path(job.plan.workdir),
            modules=job.plan.modules,
            environment=dict(job.plan.environment),
        )
        if not outfit.workdir.is_dir():
            raise NotFound(f"the directory {outfit.workdir} of job {short(job.id)} is gone")
        runner = JobRunner(
            self.ledger,
            executor,
            job,
            outfit=outfit,
            logs=self._logs(job.id),
            lease_seconds=self.settings.lease_seconds,
            watch=watch,
        )
        runner.run(force=force)
        return self.info(actor, uri)

    # Looking.

    def uri(self, job: JobRead) -> JobUri:
        """The address of a job of this instance."""
        return JobUri(instance=LOCAL, project=job.project, job=job.id)

    def info(self, actor: Actor, uri: JobUri) -> JobRead:
        """One job with its steps and tasks.

        Raises:
            NotFound: there is none, or it was removed.
            Ambiguous: several begin so.
        """
        with self.catalog.read() as session:
            return self._shown(JobRepository(session).read(self._find(session, actor, uri)))

    def list(
        self,
        actor: Actor,
        project: str,
        page: PageRequest | None = None,
        *,
        include_removed: bool = False,
    ) -> Page[JobRead]:
        """One page of the jobs of a project, the newest first; without their steps.

        Raises:
            NotFound: there is no such project.
        """
        with self.catalog.read() as session:
            number = ProjectService(self.catalog).id_in(session, actor, project, READ_JOB)
            found = JobRepository(session).page(
                number, page or PageRequest(), include_removed=include_removed
            )
        return replace(found, items=tuple(self._shown(job) for job in found.items))

    def events(
        self, actor: Actor, uri: JobUri, *, after: int = 0, limit: int = LARGEST
    ) -> Sequence[JobEventRead]:
        """The history of states of a job, its steps and tasks, beginning after event number `after`."""
        with self.catalog.read() as session:
            return JobRepository(session).events(self._find(session, actor, uri), after, min(limit, LARGEST))

    def logs(self, actor: Actor, uri: JobUri, task: str, offset: int = 0, limit: int = LOG_BYTES) -> LogChunk:
        """What a task has printed, from byte `offset` on.

        Raises:
            NotFound: there is no such job or task.
        """
        with self.catalog.read() as session:
            jobs = JobRepository(session)
            job = self._find(session, actor, uri)
            state = jobs.task_state(job, task)
            if state is None:
                known = [each.id for step in jobs.read(job).steps for each in step.tasks]
                several = f"{', '.join(known[:8])}{', ...' if len(known) > 8 else ''}"
                raise NotFound(f"job {short(job)} has no task {task!r}", hint=f"there are {several}")
        archive = self._elsewhere(job)
        if archive is not None:
            data = archive.read(job, task, offset, limit)
            found = self.info(actor, uri)
            # Whoever ran it may still be copying its last lines.
            settled = utc_now() - found.heartbeat_at > COPIED
            ended = len(data) < limit and settled and found.state not in ATTENDED
            return LogChunk(data=data, next=offset + len(data), ended=ended)
        try:
            with (self._logs(job) / f"{task}.log").open("rb") as log:
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
                return {each.name.removesuffix(".log"): each.stat().st_size for each in found}
        except FileNotFoundError:
            return {}

    # Asking.

    def cancel(self, actor: Actor, uri: JobUri, *, force: bool = False, wait: float = WAIT) -> JobRead:
        """End a job; what is done stays.

        Args:
            actor: Who asks.
            uri: The job.
            force: Kill its workers at once.
            wait: Seconds to wait for its scheduler, wherever that is.

        Returns:
            The job as it is then: CANCELED, unless its scheduler takes longer.

        Raises:
            Conflict: it is at its end.
        """
        return self._ask(actor, uri, Want.CANCEL, f"canceled by {actor.name}", force=force, wait=wait)

    def pause(self, actor: Actor, uri: JobUri, *, force: bool = False, wait: float = WAIT) -> JobRead:
        """Let a job rest after the rows at hand. The arguments are those of `cancel`.

        Raises:
            Conflict: it is at rest.
        """
        return self._ask(actor, uri, Want.PAUSE, f"paused by {actor.name}", force=force, wait=wait)

    def resume(
        self,
        actor: Actor,
        uri: JobUri,
        executor: Executor,
        *,
        outfit: Outfit | None = None,
        watch: Watch | None = None,
        force: bool = False,
    ) -> JobRead:
        """Go on with a job that was paused, canceled or broken off, or that failed.

        One that still comes to rest in another process is asked to run on there; everything else is `run`.
        """
        job = self._to_change(actor, uri)
        if not force and job.state in ATTENDED and job.want is Want.PAUSE:
            return self._ask(actor, uri, Want.RUN, f"resumed by {actor.name}", force=False, wait=0)
        check_format(job.plan.format, f"job {short(job.id)}")
        with self.catalog.begin() as session:
            emit(session, actor, "job.resumed", {"project": job.project, "job": job.id})
        return self.run(actor, uri, executor, outfit=outfit, watch=watch, force=force)

    def remove(self, actor: Actor, uri: JobUri, *, force: bool = False) -> None:
        """Put a job into the trash.

        Args:
            actor: Who removes it.
            uri: The job.
            force: Forget it for good, with its logs and its result tables.

        Raises:
            Conflict: it runs.
        """
        with self.catalog.begin() as session:
            jobs = JobRepository(session)
            job = self._shown(jobs.read(self._find(session, actor, uri, WRITE_JOB, removed=force)))
            if job.pinned:
                hint = f"`swcli job pin --remove {short(job.id)}` unpins it"
                raise Conflict(f"job {short(job.id)} is pinned", hint=hint)
            if job.state in ATTENDED:
                hint = f"end it first: `swcli job cancel {short(job.id)}`"
                raise Conflict(f"job {short(job.id)} is {job.state}", hint=hint)
            if force:
                self._delete(session, job.plan.log_project or job.project, job.id)
            else:
                jobs.mark(job.id, utc_now())
            emit(session, actor, "job.removed", {"project": job.project, "job": job.id, "forced": force})

    def recover(self, actor: Actor, uri: JobUri) -> JobRead:
        """Take a job out of the trash.

        Raises:
            NotFound: there is no such job.
            Conflict: it was not removed.
        """
        with self.catalog.begin() as session:
            jobs = JobRepository(session)
            job = jobs.read(self._find(session, actor, uri, WRITE_JOB, removed=True))
            if job.removed_at is None:
                raise Conflict(f"job {short(job.id)} was not removed")
            jobs.mark(job.id, None)
            emit(session, actor, "job.recovered", {"project": job.project, "job": job.id})
            return self._shown(jobs.read(job.id))

    # Collecting.

    def purge(self, session: Session, before: datetime) -> int:
        """Delete for good what went into the trash before a moment, and code that no job needs any more.

        Returns:
            How many jobs went.
        """
        gone = JobRepository(session).removed_before(before)
        for project, job in gone:
            self._delete(session, project, job)
        self._clear_code(session)
        return len(gone)

    def code_manifests(self) -> list[str]:
        """Digests of the manifests of code that jobs may be resumed with."""
        with self.catalog.read() as session:
            return sorted({plan.code for _state, plan in JobRepository(session).plans() if plan.code})

    # Inside.

    def _elsewhere(self, job: str) -> LogArchive | None:
        """Where the logs of a job are read that this process does not run; None for its own files."""
        if self.archive is None:
            return None
        with self.catalog.read() as session:
            owner = JobRepository(session).owner(job)
        return None if owner == this_process() else self.archive

    def _delete(self, session: Session, project: str, job: str) -> None:
        if self.archive is not None:
            self.archive.delete(job)
        self.forget(session, project, job)
        JobRepository(session).delete(job)
        shutil.rmtree(self.settings.run / job, ignore_errors=True)

    def _clear_code(self, session: Session) -> None:
        """Remove copies of code that a killed process left behind."""
        copies = self.settings.run / "code"
        if not copies.is_dir():
            return
        plans = JobRepository(session).plans()
        needed = {plan.workdir for state, plan in plans if state in ATTENDED or state == JobState.CREATED}
        for copy in copies.iterdir():
            old = time.time() - copy.stat().st_mtime > LEFT_BEHIND
            if old and str(copy.resolve()) not in needed:
                shutil.rmtree(copy, ignore_errors=True)

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

    def _to_change(self, actor: Actor, uri: JobUri) -> JobRead:
        """A job, for whoever may change it."""
        ProjectService(self.catalog).check(actor, uri.project, WRITE_JOB)
        return self.info(actor, uri)

    def _shown(self, job: JobRead) -> JobRead:
        return as_shown(job, utc_now(), self.ledger.patience)

    def _ask(self, actor: Actor, uri: JobUri, want: Want, cause: str, *, force: bool, wait: float) -> JobRead:
        job = self._to_change(actor, uri)
        name = short(job.id)
        if job.state in ATTENDED and job.scheduler is not None:
            with self.catalog.begin() as session:
                JobRepository(session).want(job.id, want, cause, hurry=force)
                emit(session, actor, f"job.{want}_requested", {"project": job.project, "job": job.id})
            return self._await(actor, uri, wait)
        may = {JobState.CREATED, JobState.READY, JobState.UNKNOWN}
        if want is Want.CANCEL:
            may.add(JobState.PAUSED)
        if job.state not in may:
            hint = "" if job.state is JobState.SUCCESS else f"`swcli job resume {name}` goes on with it"
            raise Conflict(f"job {name} is {job.state} already", hint=hint)
        settle(self.ledger, job.id, want, cause, utc_now())
        with self.catalog.begin() as session:
            emit(session, actor, f"job.{want}_requested", {"project": job.project, "job": job.id})
        return self.info(actor, uri)

    def _await(self, actor: Actor, uri: JobUri, wait: float) -> JobRead:
        patience = time.monotonic() + wait
        job = self.info(actor, uri)
        while job.state in ATTENDED and time.monotonic() < patience:
            time.sleep(0.1)
            job = self.info(actor, uri)
        return job

    def _logs(self, job: str) -> Path:
        return self.settings.run / job / "logs"
