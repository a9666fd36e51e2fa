"""What a job's owner notes about it: a comment, a pin, a place in the queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starwhale.catalog.engine import Catalog
from starwhale.catalog.outbox import emit
from starwhale.core.actor import Actor
from starwhale.core.errors import UsageError
from starwhale.core.instances import LOCAL
from starwhale.core.permissions import WRITE_JOB
from starwhale.core.revisions import check_revision
from starwhale.core.uri import JobUri
from starwhale.core.version import short
from starwhale.jobs.lookup import find_job
from starwhale.jobs.repository import JobRepository
from starwhale.jobs.schemas import JobRead
from starwhale.projects.service import ProjectService

LONGEST_COMMENT = 10_000
PRIORITIES = range(-1000, 1001)


def check_priority(priority: int) -> None:
    """Raises a UsageError unless a job may wait with this priority."""
    if priority not in PRIORITIES:
        raise UsageError(f"a priority is a whole number from -1000 to 1000, not {priority}")


@dataclass(frozen=True, slots=True)
class MarkService:
    """Notes about jobs.

    Args:
        catalog: Where they are written down.
    """

    catalog: Catalog

    def comment(self, actor: Actor, uri: JobUri, text: str) -> JobRead:
        """Say something about a job, in place of what was said before.

        Raises:
            UsageError: it is longer than 10,000 characters.
        """
        return self._mark(actor, uri, "job.commented", comment=_checked(text))

    def pin(self, actor: Actor, uri: JobUri, *, pinned: bool = True) -> JobRead:
        """Have a job come first in lists and not be removed by accident; or no longer."""
        return self._mark(actor, uri, "job.pinned" if pinned else "job.unpinned", pinned=pinned)

    def note(
        self,
        actor: Actor,
        uri: JobUri,
        *,
        comment: str | None,
        pinned: bool | None,
        expected: str | None = None,
    ) -> JobRead:
        """`comment` and `pin` in one; what is None stays.

        Args:
            actor: Who notes it.
            uri: The job.
            comment: What is said about it from now on.
            pinned: Whether it is pinned from now on.
            expected: The `revision` that he has seen; None to change whatever is there.

        Raises:
            UsageError: nothing is to be noted, or the comment is too long.
            Outdated: somebody else has noted something meanwhile.
        """
        events: list[str] = []
        values: dict[str, Any] = {}
        if comment is not None:
            events.append("job.commented")
            values["comment"] = _checked(comment)
        if pinned is not None:
            events.append("job.pinned" if pinned else "job.unpinned")
            values["pinned"] = pinned
        if not events:
            raise UsageError("say what to note: a comment, or whether it is pinned")
        return self._mark(actor, uri, *events, expected=expected, **values)

    def queued(self, limit: int = 100) -> list[JobUri]:
        """Jobs that wait in the queue, whoever is to go first before the others."""
        with self.catalog.read() as session:
            found = JobRepository(session).queued(limit)
        return [JobUri(instance=LOCAL, project=project, job=job) for project, job in found]

    def _mark(
        self,
        actor: Actor,
        uri: JobUri,
        *events: str,
        expected: str | None = None,
        **values: Any,
    ) -> JobRead:
        with self.catalog.begin() as session:
            jobs = JobRepository(session)
            project = ProjectService(self.catalog).id_in(session, actor, uri.project, WRITE_JOB)
            job = find_job(jobs, project, uri, removed=False)
            jobs.lock(job)
            before = jobs.read(job)
            check_revision(expected, before.revision, f"job {short(job)}")
            jobs.mark_job(job, values)
            for event in events:
                emit(session, actor, event, {"project": uri.project, "job": job}, project=project)
            return jobs.read(job)


def _checked(comment: str) -> str:
    if len(comment) > LONGEST_COMMENT:
        raise UsageError(f"a comment has at most {LONGEST_COMMENT:,} characters, this has {len(comment):,}")
    return comment
