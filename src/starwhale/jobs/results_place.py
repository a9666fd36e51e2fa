"""Whether a job may still write where its results go: its projects may be gone, or others by now."""

from __future__ import annotations

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from starwhale.catalog.tables.jobs import JobRow
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.core.errors import NotFound

_JOB = select(JobRow.project_id, JobRow.created_at, JobRow.plan["log_project"].as_string()).where(
    JobRow.id == bindparam("job")
)
_PROJECTS = (
    select(ProjectRow.id, ProjectRow.name, ProjectRow.created_at)
    .where(
        or_(ProjectRow.id == bindparam("own"), ProjectRow.name == bindparam("results")),
        ProjectRow.removed_at.is_(None),
    )
    .order_by(ProjectRow.id)
    .with_for_update(read=True)
)


def check_place(session: Session, job: str) -> None:
    """Make sure that the project of a job and that of its results are those that it was made in.

    They stay so until the transaction ends. Results are found by the name of their project, which another
    project may have taken since the job was made.

    Args:
        session: The transaction in which results become visible.
        job: Id of the job.

    Raises:
        NotFound: one of them was removed, or the job was.
    """
    found = session.execute(_JOB, {"job": job}).one_or_none()
    if found is None:
        raise NotFound(f"no job {job[:12]}", hint="it was removed meanwhile")
    own, made, results = found
    rows = session.execute(_PROJECTS, {"own": own, "results": results or ""}).all()
    if not any(row.id == own for row in rows):
        raise _removed("project", job)
    if results and not any(row.name == results and row.created_at <= made for row in rows):
        raise _removed("project of the results", job)


def _removed(what: str, job: str) -> NotFound:
    return NotFound(f"the {what} of job {job[:12]} was removed", hint="nothing more is written there")
