"""What the workers of one job show at the door of a server: a token for this job alone."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, insert, select, update

from starwhale.accounts.repository import UserRepository
from starwhale.accounts.secrets import SHOWN, digest_of, is_token, mint_token
from starwhale.catalog.engine import Catalog, Session
from starwhale.catalog.outbox import emit
from starwhale.catalog.tables.accounts import TokenRow
from starwhale.catalog.tables.jobs import JobRow
from starwhale.core.actor import Actor
from starwhale.core.errors import StarwhaleError, Unauthorized
from starwhale.core.version import short
from starwhale.jobs.plan import DatasetInput, JobPlan
from starwhale.jobs.schemas import JobRead
from starwhale.kit.times import utc_now

_log = logging.getLogger("starwhale.jobs")
#: What a job may do through the doors that everybody uses; its own work has a door of its own.
SCOPES = (
    "project:read",
    "dataset:read",
    "dataset:write",
    "model:read",
    "model:write",
    "runtime:read",
    "runtime:write",
    "table:read",
    "table:write",
    "job:read",
    "run:read",
    "run:write",
)
#: So long a token counts after somebody attended to its job last, and so often that is written down.
LASTS = timedelta(days=30)
RENEWED_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkPass:
    """A job that a token was made for.

    Attributes:
        project: Number of the job's project.
        log_project: Name of the project of its results.
        datasets: What its steps read.
    """

    job: str
    project: int
    log_project: str
    datasets: tuple[DatasetInput, ...]


@dataclass(frozen=True, slots=True)
class PassService:
    """Tokens of jobs.

    Args:
        catalog: Where they are written down.
    """

    catalog: Catalog

    def owner(self, name: str) -> Actor:
        """Whoever made a job, with the rights that he has now.

        Raises:
            Unauthorized: he has no account any more, or it is disabled.
        """
        with self.catalog.read() as session:
            return _owner(session, name)

    def issue(self, job: JobRead) -> str:
        """Make a token of a job. Others may have made some too, who would run it and are not quicker.

        Raises:
            Unauthorized: whoever made the job has no account any more, or it is disabled.
        """
        token, now = mint_token(), utc_now()
        with self.catalog.begin() as session:
            owner = _owner(session, job.created_by)
            project = session.execute(select(JobRow.project_id).where(JobRow.id == job.id)).scalar_one()
            session.execute(
                insert(TokenRow).values(
                    user_id=owner.user,
                    name=f"job {short(job.id)}",
                    digest=digest_of(token),
                    shown=token[:SHOWN],
                    scopes=list(SCOPES),
                    project_id=project,
                    job_id=job.id,
                    created_at=now,
                    expires_at=now + LASTS,
                )
            )
            emit(session, owner, "token.created", {"job": job.id}, project=project)
        return token

    def renew(self, token: str) -> None:
        """Have a token count on, since its job is attended to: services and trainings may run for long."""
        there = TokenRow.digest == digest_of(token)
        with self.catalog.begin() as session:
            session.execute(update(TokenRow).where(there).values(expires_at=utc_now() + LASTS))

    def revoke(self, token: str) -> None:
        """Have a token count no more; nor the others of its job, where that is at rest."""
        mine = select(TokenRow.job_id).where(TokenRow.digest == digest_of(token))
        resting = select(JobRow.id).where(JobRow.id == mine.scalar_subquery(), JobRow.owner_host == "")
        with self.catalog.begin() as session:
            job = session.scalar(resting)
            which = TokenRow.digest == digest_of(token) if job is None else TokenRow.job_id == job
            session.execute(delete(TokenRow).where(which))

    def read(self, token: str) -> WorkPass:
        """The job that a token was made for.

        Raises:
            Unauthorized: it was made for none, or counts no more.
        """
        query = (
            select(JobRow.id, JobRow.project_id, JobRow.plan, TokenRow.expires_at)
            .join(TokenRow, TokenRow.job_id == JobRow.id)
            .where(TokenRow.digest == digest_of(token))
        )
        row = None
        if is_token(token):
            with self.catalog.read() as session:
                row = session.execute(query).first()
        if row is None or (row.expires_at is not None and row.expires_at <= utc_now()):
            raise Unauthorized("this is not the token of a job that runs")
        plan = JobPlan.from_json(row.plan)
        read: Sequence[DatasetInput] = [each for step in plan.steps for each in step.datasets]
        return WorkPass(
            job=row.id,
            project=row.project_id,
            log_project=plan.log_project or plan.project,
            datasets=tuple(dict.fromkeys([*read, *plan.validation_datasets])),
        )


class Renewal:
    """Keeps the token of a job that runs for long from expiring.

    Args:
        passes: Tokens of jobs.
        token: The one of this job.
    """

    def __init__(self, passes: PassService, token: str) -> None:
        self._passes, self._token = passes, token
        self._due = time.monotonic() + RENEWED_EVERY.total_seconds()

    def look(self) -> None:
        """Renew it where that is due."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + RENEWED_EVERY.total_seconds()
        try:
            self._passes.renew(self._token)
        except StarwhaleError as error:
            # There are days left to try it again.
            _log.warning("the token of a job was not renewed: %s", error)


def _owner(session: Session, name: str) -> Actor:
    users = UserRepository(session)
    found = users.by_name(name)
    if found is None or found[0].disabled_at is not None:
        raise Unauthorized(f"{name!r}, who made the job, has no account that counts")
    user = found[0]
    return Actor(name=user.name, admin=user.admin, user=user.id, roles=users.roles(user.id))
