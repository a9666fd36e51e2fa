"""The trash of jobs, and what of them is deleted for good."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from starwhale.catalog.engine import Session
from starwhale.catalog.outbox import emit
from starwhale.core.actor import Actor
from starwhale.core.errors import Conflict
from starwhale.core.permissions import WRITE_JOB
from starwhale.core.uri import JobUri
from starwhale.core.version import is_version, short
from starwhale.jobs.liveness import ATTENDED
from starwhale.jobs.looking import SeenJobs
from starwhale.jobs.repository import JobRepository
from starwhale.jobs.schemas import JobRead
from starwhale.jobs.states import JobState
from starwhale.kit.holding import unused
from starwhale.kit.times import utc_now

#: Seconds after which a copy of code that no running job uses was left behind.
LEFT_BEHIND = 86_400.0
_AT_ONCE = 500

#: See `RemovedJobs.forget`.
Forget = Callable[[Session, str, str], None]


@dataclass(frozen=True, slots=True)
class RemovedJobs(SeenJobs):
    """Jobs that are removed, and come back or go for good.

    Args:
        forget: Called with the transaction in which a job is deleted for good, the project of its results
            and its id: whoever keeps more of it lets go of that.
    """

    forget: Forget = field(default=lambda _session, _project, _job: None)

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
            place = jobs.project_of(job.id)
            if force:
                self._delete(session, job.plan.log_project or job.project, job.id)
            else:
                jobs.mark(job.id, utc_now())
            told = {"project": job.project, "job": job.id, "forced": force}
            emit(session, actor, "job.removed", told, project=place)
        if force:
            self.clear([job.id])

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
            told = {"project": job.project, "job": job.id}
            emit(session, actor, "job.recovered", told, project=jobs.project_of(job.id))
            return self._shown(jobs.read(job.id))

    def expired(self, before: datetime) -> Sequence[str]:
        """Ids of the jobs that went into the trash before a moment."""
        with self.catalog.read() as session:
            return JobRepository(session).removed_before(before)

    def purge(self, session: Session, some: Sequence[str], before: datetime) -> Sequence[str]:
        """Delete for good which of some jobs went into the trash before a moment, and `clear` them then."""
        gone = JobRepository(session).results_of_removed(some, before)
        for project, job in gone:
            self._delete(session, project, job)
        return [job for _, job in gone]

    def clear(self, jobs: Sequence[str]) -> None:
        """Delete what jobs that are gone have left outside of the catalog: what they printed and used."""
        for job in jobs:
            if self.archive is not None:
                self.archive.delete(job)
            shutil.rmtree(self.settings.run / job, ignore_errors=True)

    def code_manifests(self) -> list[str]:
        """Digests of the manifests of code that jobs may be resumed with."""
        with self.catalog.read() as session:
            return sorted({plan.code for _state, plan in JobRepository(session).plans() if plan.code})

    def clear_code(self) -> None:
        """Remove copies of code that a killed process left behind."""
        copies = self.settings.run / "code"
        old = _left_behind(copies)
        if not old:
            return
        with self.catalog.read() as session:
            plans = JobRepository(session).plans()
            needed = {plan.workdir for state, plan in plans if state in ATTENDED or state == JobState.CREATED}
        for copy in old:
            # A server lays code out where it runs it, of which the plan knows nothing.
            with unused(copy) as free:
                if free and str(copy.resolve()) not in needed:
                    shutil.rmtree(copy, ignore_errors=True)

    def clear_left(self) -> None:
        """Delete the directories of jobs that are gone, as where another server has deleted their project."""
        run = self.settings.run
        old = [each.name for each in _left_behind(run) if is_version(each.name)]
        for each in self._gone(old):
            shutil.rmtree(run / each, ignore_errors=True)

    def sweep_archive(self, older_than: datetime, dry_run: bool, /) -> Iterator[int]:
        """Delete the archived logs of jobs that are gone, or only find them; bytes of those of each job."""
        if self.archive is None:
            return
        sizes = self.archive.jobs(older_than)
        for job in self._gone(list(sizes)):
            if not dry_run:
                self.archive.delete(job)
            yield sizes[job]

    def _gone(self, jobs: Sequence[str]) -> Iterator[str]:
        for start in range(0, len(jobs), _AT_ONCE):
            some = jobs[start : start + _AT_ONCE]
            with self.catalog.read() as session:
                known = JobRepository(session).known(some)
            yield from (job for job in some if job not in known)

    def _delete(self, session: Session, project: str, job: str) -> None:
        self.forget(session, project, job)
        JobRepository(session).delete(job)


def _left_behind(place: Path) -> list[Path]:
    """What has lain in a directory for so long that it may have been left behind."""
    made = list(place.iterdir()) if place.is_dir() else []
    return [each for each in made if (age := _age(each)) is not None and age > LEFT_BEHIND]


def _age(path: Path) -> float | None:
    """Seconds since something was changed; None where it has gone meanwhile, with the job that it was for."""
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return None
