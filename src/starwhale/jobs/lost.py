"""Jobs that somebody should run and nobody does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from starwhale.catalog.engine import Session
from starwhale.catalog.tables.jobs import JobMarkRow, JobRow
from starwhale.jobs.liveness import ATTENDED, lives
from starwhale.jobs.states import JobState
from starwhale.kit.process import ProcessId


@dataclass(frozen=True, slots=True, kw_only=True)
class Attended:
    """What tells whether somebody is at work on a job.

    Attributes:
        id: The job.
        state: Its state as it is stored.
        scheduler: The process that has it; None where none has.
        heartbeat_at: When that last said that it lives.
        queued: It waits in the queue.
    """

    id: str
    state: JobState
    scheduler: ProcessId | None
    heartbeat_at: datetime
    queued: bool


def is_lost(job: Attended, now: datetime, patience: timedelta) -> bool:
    """Whether somebody should run a job, and nobody does."""
    if job.state is JobState.READY and job.scheduler is None and job.queued:
        return False  # it was resumed, and waits
    return job.state in ATTENDED and not lives(job.scheduler, job.heartbeat_at, now, patience)


def lost_in(session: Session, project: int, now: datetime, patience: timedelta) -> list[str]:
    """Ids of the jobs of a project that are lost: of each that should run, its process is looked for."""
    columns = (JobRow.owner_host, JobRow.owner_pid, JobRow.owner_started)
    query = (
        select(JobRow.id, JobRow.state, JobRow.heartbeat_at, JobMarkRow.queued_at, *columns)
        .join(JobMarkRow, JobMarkRow.job_id == JobRow.id, isouter=True)
        .where(JobRow.project_id == project, JobRow.state.in_([each.value for each in ATTENDED]))
    )
    found: list[str] = []
    for row in session.execute(query):
        owner = ProcessId(host=row.owner_host, pid=row.owner_pid, started=row.owner_started)
        job = Attended(
            id=row.id,
            state=JobState(row.state),
            scheduler=owner if row.owner_host else None,
            heartbeat_at=row.heartbeat_at,
            queued=row.queued_at is not None,
        )
        if is_lost(job, now, patience):
            found.append(row.id)
    return found
