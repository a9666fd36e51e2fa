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
from starwhale.core.errors import Conflict, NotFound
from starwhale.core.permissions import MANAGE_JOB, WRITE_JOB
from starwhale.core.uri import JobUri
from starwhale.core.version import is_version, short
from starwhale.jobs.liveness import ATTENDED
from starwhale.jobs.looking import SeenJobs
from starwhale.jobs.repository import JobRepository
from starwhale.jobs.results_place import places_of_results
from starwhale.jobs.schemas import JobRead
from starwhale.jobs.states import JobState
from starwhale.kit.holding import unused
from starwhale.kit.times import utc_now

#: Seconds after which a copy of code that no running job uses was left behind.
LEFT_BEHIND = 86_400.0
_AT_ONCE = 500

#: See `RemovedJobs.forget`.
Forget = Callable[[Session, Sequence[tuple[str, str]]], None]


@dataclass(frozen=True, slots=True)
class RemovedJobs(SeenJobs):
    """Jobs that are removed, and come back or go for good.

    Args:
        forget: Called with the transaction in which jobs are deleted for good, and with the
            `places_of_results` of them: whoever keeps more of them lets go of that.
    """

    forget: Forget = field(default=lambda _session, _jobs: None)

    def remove(self, actor: Actor, uri: JobUri, *, force: bool = False) -> None:
        """Put a job into the trash.

        Args:
            actor: Who removes it.
            uri: The job.
            force: Forget it for good, with its logs and its results.

        Raises:
            NotFound: there is no such job.
            Forbidden: he may not change it; for good, he does not own the project.
            Conflict: it runs, or is pinned.
        """
        self._remove(actor, uri, force=force, removed=force)

    def delete(self, actor: Actor, uri: JobUri) -> None:
        """Forget a job in the trash for good, with its logs and its results.

        Raises:
            NotFound: the trash holds no such job, perhaps since somebody has just taken it out.
            Forbidden: he does not own the project.
            Conflict: it is pinned.
        """
        self._remove(actor, uri, force=True, removed=True, thrown=True)

    def _remove(self, actor: Actor, uri: JobUri, *, force: bool, removed: bool, thrown: bool = False) -> None:
        with self.catalog.begin() as session:
            jobs = JobRepository(session)
            found = self._find(session, actor, uri, MANAGE_JOB if force else WRITE_JOB, removed=removed)
            places = places_of_results(session, [found]) if force else []
            job = self._to_move(session, found)
            if thrown and job.removed_at is None:
                raise NotFound(f"the trash holds no job {short(job.id)}", hint="it was taken out of it")
            if job.pinned:
                hint = f"`swcli job pin --remove {short(job.id)}` unpins it"
                raise Conflict(f"job {short(job.id)} is pinned", hint=hint)
            if job.state in ATTENDED:
                hint = f"end it first: `swcli job cancel {short(job.id)}`"
                raise Conflict(f"job {short(job.id)} is {job.state}", hint=hint)
            place = jobs.project_of(job.id)
            if force:
                self._delete(session, [job.id], places)
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
            job = self._to_move(session, self._find(session, actor, uri, WRITE_JOB, removed=True))
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

    def due(self, session: Session, some: Sequence[str], before: datetime) -> Sequence[str]:
        """Which of some jobs `purge` would delete."""
        return JobRepository(session).removed_before(before, some)

    def purge(self, session: Session, some: Sequence[str], before: datetime) -> Sequence[str]:
        """Delete for good which of some jobs went into the trash before a moment, and `clear` them then."""
        places = places_of_results(session, some)
        gone = JobRepository(session).lock_removed(some, before)
        self._delete(session, gone, places)
        return gone

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

    def _to_move(self, session: Session, found: str) -> JobRead:
        """A job that nobody else puts into the trash, takes out or deletes until the transaction ends."""
        jobs = JobRepository(session)
        if not jobs.lock(found):
            raise NotFound(f"no job {short(found)}", hint="it was removed meanwhile")
        return self._shown(jobs.read(found))

    def _delete(self, session: Session, some: Sequence[str], places: Sequence[tuple[str, str]]) -> None:
        self.forget(session, [each for each in places if each[1] in some])
        for job in some:
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
