"""Finding the job that somebody means, and showing him its state as it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from starwhale.core.errors import Ambiguous, Canceled, JobFailed, NotFound
from starwhale.core.uri import JobUri
from starwhale.core.version import short
from starwhale.jobs.liveness import shown
from starwhale.jobs.lost import Attended, is_lost
from starwhale.jobs.repository import JobRepository
from starwhale.jobs.schemas import JobRead
from starwhale.jobs.states import JobState


def find_job(jobs: JobRepository, project: int, uri: JobUri, *, removed: bool) -> str:
    """Id of the job that an address means.

    Args:
        jobs: Where to look.
        project: Number of its project.
        uri: Its id, or the beginning of one.
        removed: Look into the trash as well.

    Raises:
        NotFound: there is none.
        Ambiguous: several begin so; they are listed.
    """
    found = jobs.matching(project, uri.job, removed=removed)
    if len(found) == 1:
        return found[0]
    if found:
        several = ", ".join(short(each) for each in found)
        raise Ambiguous(f"several jobs begin with {uri.job!r}: {several}", hint="give more characters")
    if not removed and jobs.matching(project, uri.job, removed=True):
        hint = f"`swcli job recover {uri.job}` brings it back"
        raise NotFound(f"job {uri.job!r} was removed", hint=hint)
    raise NotFound(f"no job {uri.job!r} in project {uri.project!r}", hint="list them with `swcli job list`")


def as_shown(job: JobRead, now: datetime, patience: timedelta) -> JobRead:
    """The job as a reader should see it: UNKNOWN where its scheduler is gone before the end."""
    attended = Attended(
        id=job.id,
        state=job.state,
        scheduler=job.scheduler,
        heartbeat_at=job.heartbeat_at,
        queued=job.queued_at is not None,
    )
    if not is_lost(attended, now, patience):
        return job
    why = f"the process {job.scheduler} that ran it is gone" if job.scheduler else job.cause
    return replace(job, state=shown(job.state, alive=False), cause=why or "nobody runs it")


def check_success(job: JobRead) -> None:
    """Turn the end of a job into an error, unless it is a good one. A job that is paused is no error.

    Raises:
        JobFailed: it failed; the message is the cause.
        Canceled: it was canceled.
    """
    name = short(job.id)
    if job.state is JobState.FAIL:
        raise JobFailed(f"job {name} failed: {job.cause}", hint=f"see `swcli job info {name}`")
    if job.state is JobState.CANCELED:
        hint = f"`swcli job resume {name}` goes on with it"
        raise Canceled(f"job {name} was canceled: {job.cause}", hint=hint)
