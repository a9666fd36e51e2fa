"""What one can do with jobs; the rules every door shares.

with LocalExecutor(settings.run, environment=settings.to_env()) as executor:
outfit = Outfit(workdir=workdir, modules=modules)
specs = {spec.id: spec for spec in executor.discover(outfit)}
request = JobRequest(project="self", specs=specs, datasets=(uri,), workdir=workdir, modules=modules)
job = jobs.create(actor, request, split=partial(executor.split, outfit))
job = jobs.run(actor, jobs.uri(job), executor)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from starwhale.artifacts.schemas import VersionRead
from starwhale.artifacts.service import ArtifactService
from starwhale.catalog.engine import Session
from starwhale.catalog.outbox import emit
from starwhale.core.actor import Actor
from starwhale.core.errors import NotFound
from starwhale.core.permissions import WRITE_JOB
from starwhale.core.uri import ArtifactUri, JobUri
from starwhale.core.version import short
from starwhale.jobs.asking import AskedJobs
from starwhale.jobs.executors.port import Executor, Outfit
from starwhale.jobs.liveness import ATTENDED
from starwhale.jobs.plan import JobPlan, RangePlan, check_format
from starwhale.jobs.planner import plan_work
from starwhale.jobs.progress import Watch
from starwhale.jobs.removing import RemovedJobs
from starwhale.jobs.repository import JobRepository
from starwhale.jobs.request import JobRequest, plan_job
from starwhale.jobs.runner import JobRunner
from starwhale.jobs.schemas import JobRead
from starwhale.jobs.states import Want
from starwhale.kit.times import utc_now
from starwhale.projects.service import ProjectService

#: Cuts what a step of a plan reads into ranges, given its position.
Split = Callable[[JobPlan, int], Sequence[RangePlan]]
#: Finds the version that an address means.
LookUp = Callable[[ArtifactUri], VersionRead]
#: See `JobService.begin_with`.
BeginWith = Callable[[Session, tuple[str, str], tuple[str, str]], None]


@dataclass(frozen=True, slots=True)
class JobService(AskedJobs, RemovedJobs):
    """Jobs of one instance: what is to be seen of them, what is asked of them, and their trash as well.

    Args:
        begin_with: Called with the transaction in which a job is made that begins with the results of
            another, and with project and id of that one and of the new one.

    The others are those of `SeenJobs` and `RemovedJobs`.
    """

    begin_with: BeginWith = field(default=lambda _session, _source, _target: None)

    def create(
        self,
        actor: Actor,
        request: JobRequest,
        *,
        split: Split,
        queue: int | None = None,
        look_up: LookUp | None = None,
        approve: Callable[[JobPlan], None] = lambda _: None,
        within: Callable[[Session], None] = lambda _: None,
    ) -> JobRead:
        """Write a job down; nothing of it runs yet.

        Args:
            actor: Who wants it.
            request: What he wants.
            split: Cuts what a step reads into ranges.
            queue: Priority with which it waits for whoever works through the queue; None: it does not wait.
            look_up: Finds the version that an address means; by default only in this catalog.
            approve: Raises where the job must not be made as it was planned.
            within: Called with the transaction in which the job is written; nothing is where it raises.

        Raises:
            NotFound: there is no such handler, dataset or project.
            Ambiguous: the handler or an address means several.
            InvalidSpec: the graph of handlers, a resource or the isolation is wrong.
            UsageError: a step reads rows and nobody said which.
        """
        plan = plan_job(request, look_up or partial(ArtifactService(self.catalog).resolve, actor))
        approve(plan)
        work = plan_work(plan.steps, lambda position, _: split(plan, position))
        with self.catalog.begin() as session:
            within(session)
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
            usage=self._usage(job.id),
            lease_seconds=self.settings.lease_seconds,
            watch=watch,
        )
        runner.run(force=force)
        return self.info(actor, uri)

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
            place = JobRepository(session).project_of(job.id)
            emit(session, actor, "job.resumed", {"project": job.project, "job": job.id}, project=place)
        return self.run(actor, uri, executor, outfit=outfit, watch=watch, force=force)
