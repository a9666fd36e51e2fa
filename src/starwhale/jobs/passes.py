"""What the workers of one job show at the door of a server: a token for this job alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, insert, select

from starwhale.accounts.repository import UserRepository
from starwhale.accounts.secrets import SHOWN, digest_of, is_token, mint_token
from starwhale.catalog.engine import Catalog, Session
from starwhale.catalog.outbox import emit
from starwhale.catalog.tables.accounts import TokenRow
from starwhale.catalog.tables.jobs import JobRow
from starwhale.core.actor import Actor
from starwhale.core.errors import Unauthorized
from starwhale.core.version import short
from starwhale.jobs.plan import DatasetInput, JobPlan
from starwhale.jobs.schemas import JobRead
from starwhale.kit.times import utc_now

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
LONGEST = timedelta(days=30)


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
                    expires_at=now + LONGEST,
                )
            )
            emit(session, owner, "token.created", {"job": job.id}, project=project)
        return token

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


def _owner(session: Session, name: str) -> Actor:
    users = UserRepository(session)
    found = users.by_name(name)
    if found is None or found[0].disabled_at is not None:
        raise Unauthorized(f"{name!r}, who made the job, has no account that counts")
    user = found[0]
    return Actor(name=user.name, admin=user.admin, user=user.id, roles=users.roles(user.id))
