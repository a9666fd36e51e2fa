"""Where the results of jobs go, and whether they may still: their projects may be gone, or others by now."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, bindparam, func, not_, or_, select
from sqlalchemy.orm import Session, aliased

from starwhale.catalog.table_moves import aside
from starwhale.catalog.tables.jobs import JobRow
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.core.errors import NotFound

_NAMED = JobRow.plan["log_project"].as_string()
_JOB = select(JobRow.project_id, JobRow.created_at, _NAMED).where(JobRow.id == bindparam("job"))
_PROJECTS = (
    select(ProjectRow.id, ProjectRow.name, ProjectRow.created_at)
    .where(
        or_(ProjectRow.id == bindparam("own"), ProjectRow.name == bindparam("results")),
        ProjectRow.removed_at.is_(None),
    )
    .order_by(ProjectRow.id)
    .with_for_update(read=True)
)

_OWN = aliased(ProjectRow)
_IN_OWN = func.coalesce(_NAMED, "").in_(["", _OWN.name])
# The name may have been another project's before the job was made, and may be again since.
_OF_THAT_TIME = and_(
    ProjectRow.name == _NAMED,
    ProjectRow.created_at <= JobRow.created_at,
    or_(ProjectRow.removed_at.is_(None), ProjectRow.removed_at >= JobRow.created_at),
)
_PLACES = (
    select(JobRow.id, ProjectRow.id, ProjectRow.name, ProjectRow.removed_at)
    .join(_OWN, _OWN.id == JobRow.project_id)
    .join(ProjectRow, or_(and_(_IN_OWN, ProjectRow.id == _OWN.id), and_(not_(_IN_OWN), _OF_THAT_TIME)))
    .order_by(ProjectRow.id, JobRow.id)
    .with_for_update(read=True, of=ProjectRow)
)


def places_of_results(session: Session, jobs: Sequence[str]) -> list[tuple[str, str]]:
    """What stands for the project in the paths of the results of jobs, and the id of each.

    Of a project in the trash that is not its name, which another one may have by now. None goes there or
    comes back until the transaction ends. A job is missing whose results went with their project.

    Args:
        session: The transaction in which the results are dealt with; it has locked none of the jobs yet, as
            whoever deletes a project locks that first.
        jobs: Their ids.
    """
    found = session.execute(_PLACES.where(JobRow.id.in_(jobs)))
    return [
        (name if removed_at is None else aside(number).rstrip("/"), job)
        for job, number, name, removed_at in found
    ]


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
