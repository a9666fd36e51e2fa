"""What is asked of jobs that run, wherever that is: to end, to rest, to run on."""

from __future__ import annotations

import time
from dataclasses import dataclass

from starwhale.catalog.engine import Session
from starwhale.catalog.outbox import emit
from starwhale.core.actor import Actor
from starwhale.core.errors import Conflict
from starwhale.core.permissions import WRITE_JOB
from starwhale.core.uri import JobUri
from starwhale.core.version import short
from starwhale.jobs.driver import settle
from starwhale.jobs.liveness import ATTENDED
from starwhale.jobs.looking import SeenJobs
from starwhale.jobs.repository import JobRepository
from starwhale.jobs.schemas import JobRead
from starwhale.jobs.states import JobState, Want
from starwhale.kit.times import utc_now
from starwhale.projects.service import ProjectService

#: Seconds that `cancel` and `pause` wait for the scheduler to have done it.
WAIT = 20.0


@dataclass(frozen=True, slots=True)
class AskedJobs(SeenJobs):
    """Jobs that are asked for something. Whoever runs one looks for it a few times a second."""

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

    def _to_change(self, actor: Actor, uri: JobUri) -> JobRead:
        """A job, for whoever may change it."""
        ProjectService(self.catalog).check(actor, uri.project, WRITE_JOB)
        return self.info(actor, uri)

    def _ask(self, actor: Actor, uri: JobUri, want: Want, cause: str, *, force: bool, wait: float) -> JobRead:
        job = self._to_change(actor, uri)
        name = short(job.id)
        if job.state in ATTENDED and job.scheduler is not None:
            with self.catalog.begin() as session:
                JobRepository(session).want(job.id, want, cause, hurry=force)
                self._tell(session, actor, want, job)
            return self._await(actor, uri, wait)
        may = {JobState.CREATED, JobState.READY, JobState.UNKNOWN}
        if want is Want.CANCEL:
            may.add(JobState.PAUSED)
        if job.state not in may:
            hint = "" if job.state is JobState.SUCCESS else f"`swcli job resume {name}` goes on with it"
            raise Conflict(f"job {name} is {job.state} already", hint=hint)
        try:
            settle(self.ledger, job.id, want, cause, utc_now())
        except Conflict:
            found = self.info(actor, uri)
            if found.state not in ATTENDED or found.scheduler is None:
                raise
            # It was begun at this very moment: then whoever runs it is asked.
            return self._ask(actor, uri, want, cause, force=force, wait=wait)
        with self.catalog.begin() as session:
            self._tell(session, actor, want, job)
        return self.info(actor, uri)

    def _tell(self, session: Session, actor: Actor, want: Want, job: JobRead) -> None:
        told = {"project": job.project, "job": job.id}
        emit(session, actor, f"job.{want}_requested", told, project=JobRepository(session).project_of(job.id))

    def _await(self, actor: Actor, uri: JobUri, wait: float) -> JobRead:
        patience = time.monotonic() + wait
        job = self.info(actor, uri)
        while job.state in ATTENDED and time.monotonic() < patience:
            time.sleep(0.1)
            job = self.info(actor, uri)
        return job
