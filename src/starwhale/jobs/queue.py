"""Jobs that wait for whoever works through the queue, or that nobody attends to any more."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from starwhale.catalog.outbox import emit
from starwhale.catalog.tables.jobs import JobRow
from starwhale.core.actor import Actor
from starwhale.core.errors import Conflict
from starwhale.core.instances import LOCAL
from starwhale.core.permissions import WRITE_JOB
from starwhale.core.uri import JobUri
from starwhale.core.version import short
from starwhale.jobs.driver import settle
from starwhale.jobs.hosts import Labels
from starwhale.jobs.liveness import ATTENDED, lives
from starwhale.jobs.plan import JobPlan, check_format
from starwhale.jobs.readings import plan_of
from starwhale.jobs.repository import JobRepository
from starwhale.jobs.scheduler import give_up
from starwhale.jobs.schemas import JobRead
from starwhale.jobs.service import JobService
from starwhale.jobs.states import JobState, Want
from starwhale.jobs.waiting import labels_by_pool
from starwhale.kit.process import ProcessId, this_process
from starwhale.kit.times import utc_now
from starwhale.projects.service import ProjectService


@dataclass(frozen=True, slots=True)
class QueueService:
    """The queue of one instance.

    Args:
        jobs: Its jobs.
    """

    jobs: JobService

    def waiting(self, busy: Collection[str] = ()) -> list[tuple[JobUri, bool]]:
        """Jobs that are to be run, whoever is to go first before the others.

        Args:
            busy: Ids of jobs that this process runs.

        Returns:
            Each with whether it is to be taken from this very process, which has lost it.
        """
        now, me, patience = utc_now(), this_process(), self.jobs.ledger.patience
        with self.jobs.catalog.read() as session:
            rows = JobRepository(session).to_attend()
        found: list[tuple[JobUri, bool]] = []
        for row in rows:
            owner = ProcessId(host=row.owner_host, pid=row.owner_pid, started=row.owner_started)
            lost = owner == me and row.id not in busy and now - row.heartbeat_at > patience
            free = row.state == JobState.CREATED or lost
            if free or not lives(owner, row.heartbeat_at, now, patience):
                found.append((JobUri(instance=LOCAL, project=row.project, job=row.id), lost))
        return found

    def pools(self) -> dict[str, Labels]:
        """What pools want servers to be labelled with, of those that want something."""
        with self.jobs.catalog.read() as session:
            return labels_by_pool(session)

    def plan(self, job: str) -> JobPlan | None:
        """What a job is made of; None where that cannot be read."""
        with self.jobs.catalog.read() as session:
            row = session.get(JobRow, job)
            plan, broken = (None, "") if row is None else plan_of(row, "")
        return None if broken else plan

    def resume(self, actor: Actor, uri: JobUri) -> JobRead:
        """Have a job that was paused or canceled, or that failed, go on as soon as there is room for it.

        Raises:
            Conflict: it runs, or it has succeeded.
            Corrupted: a later release made it.
        """
        catalog, ledger = self.jobs.catalog, self.jobs.ledger
        ProjectService(catalog).check(actor, uri.project, WRITE_JOB)
        job = self.jobs.info(actor, uri)
        cause = f"resumed by {actor.name}"
        if job.state in ATTENDED and job.want is Want.PAUSE:
            with catalog.begin() as session:
                JobRepository(session).want(job.id, Want.RUN, cause)
                place = JobRepository(session).project_of(job.id)
                emit(session, actor, "job.resumed", {"project": job.project, "job": job.id}, project=place)
            return self.jobs.info(actor, uri)
        if job.state is JobState.READY and job.scheduler is None:
            raise Conflict(f"job {short(job.id)} waits to be run already")
        check_format(job.plan.format, f"job {short(job.id)}")
        now = utc_now()
        if job.state is not JobState.CREATED:
            epoch = ledger.adopt(job.id, this_process(), now).epoch
            ledger.resign(job.id, epoch, cause, now)
        with catalog.begin() as session:
            JobRepository(session).mark_job(job.id, {"queued_at": now})
            place = JobRepository(session).project_of(job.id)
            emit(session, actor, "job.resumed", {"project": job.project, "job": job.id}, project=place)
        return self.jobs.info(actor, uri)

    def heed(self, job: JobRead) -> bool:
        """Pause or cancel a job, as its owner had asked before its scheduler was gone.

        Returns:
            False where he wants it to run.
        """
        if job.want is Want.RUN or job.state is JobState.CREATED:
            return False
        with self.jobs.catalog.read() as session:
            cause = JobRepository(session).want_cause(job.id)
        settle(self.jobs.ledger, job.id, job.want, cause, utc_now())
        return True

    def note_wait(self, job: str, cause: str) -> None:
        """Say why a job that was to be begun waits on."""
        with self.jobs.catalog.begin() as session:
            JobRepository(session).note_wait(job, cause)

    def set_aside(self, job: str, cause: str) -> None:
        """Have a job fail that cannot be read, and so neither run nor failed as others are."""
        with self.jobs.catalog.begin() as session:
            JobRepository(session).set_aside(job, cause, utc_now())

    def fail(self, job: str, cause: str) -> None:
        """Have a job fail that cannot be begun.

        Raises:
            Conflict: somebody runs it, or it is done.
        """
        ledger = self.jobs.ledger
        adopted = ledger.adopt(job, this_process(), utc_now())
        ledger.store(job, adopted.epoch, give_up(adopted.job, cause), utc_now())
