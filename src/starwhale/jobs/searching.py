"""From what somebody looks for among jobs to conditions and orders of SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, false, func, or_, true

from starwhale.catalog.keyset import Key
from starwhale.catalog.tables.jobs import JobMarkRow, JobRow
from starwhale.core.instances import LOCAL
from starwhale.core.uri import ProjectUri
from starwhale.jobs.schemas import JobFilter
from starwhale.jobs.states import JobState

_PINNED = func.coalesce(JobMarkRow.pinned, false())
_MODEL = JobRow.plan["model_name"].as_string()
_ADDRESS = func.coalesce(JobRow.plan["model"].as_string(), "")
_SORTS: dict[str, Any] = {
    "created": JobRow.created_at,
    "started": JobRow.started_at,
    "finished": JobRow.finished_at,
    "handler": JobRow.handler,
    "state": JobRow.state,
    "owner": JobRow.created_by,
}


def conditions(
    project: int, wanted: JobFilter, lost: Sequence[str] = (), places: Sequence[str] | None = None
) -> Sequence[ColumnElement[bool]]:
    """What the jobs that are wanted have in common.

    Args:
        project: Number of the project.
        wanted: What is asked for.
        lost: Jobs that somebody should run and nobody does: they are shown as UNKNOWN, whatever is stored.
        places: How the addresses of models begin that may be found by their names; None for all of them.
    """
    found: list[ColumnElement[bool]] = [JobRow.project_id == project]
    if wanted.removed != "shown":
        gone = JobRow.removed_at.is_not(None)
        found.append(gone if wanted.removed == "only" else ~gone)
    if wanted.states:
        found.append(_is_in(wanted.states, lost))
    if wanted.handler:
        found.append(JobRow.handler.icontains(wanted.handler, autoescape=True))
    if wanted.model:
        found.append((wanted.model == _MODEL) & _lies_in(places))
    if wanted.owner:
        found.append(JobRow.created_by == wanted.owner)
    if wanted.pinned is not None:
        found.append(_PINNED if wanted.pinned else ~_PINNED)
    if wanted.text:
        found.append(_mentions(wanted.text, places))
    return found


def _is_in(states: Sequence[JobState], lost: Sequence[str]) -> ColumnElement[bool]:
    seen = JobRow.state.in_([each.value for each in states]) & JobRow.id.not_in(lost)
    if JobState.UNKNOWN not in states:
        return seen
    strange = JobRow.state.not_in([each.value for each in JobState])
    return or_(seen, strange, JobRow.id.in_(lost))


def order(wanted: JobFilter) -> Sequence[Key]:
    """In what order they come; never two ways for the same jobs."""
    newest = (Key(JobRow.created_at, descending=True), Key(JobRow.id))
    if not wanted.sort:
        return (Key(_PINNED, descending=True), *newest)
    chosen = _SORTS[wanted.sort]
    # What has no time yet comes last either way, on both databases.
    missing = case((chosen.is_(None), 1), else_=0)
    return (Key(missing), Key(chosen, descending=wanted.descending), *newest)


def elsewhere(project: str) -> ColumnElement[bool]:
    """What holds for jobs whose model may lie in another project than theirs, which is called `project`."""
    return _names_project() & ~_ADDRESS.startswith(place_of(project), autoescape=True)


def place_of(project: str) -> str:
    """How the addresses of the models of a project begin in plans."""
    return f"{ProjectUri(instance=LOCAL, project=project)}/"


def address_of_model() -> ColumnElement[str]:
    """Where a plan says that its model lies; empty for none."""
    return _ADDRESS


def _names_project() -> ColumnElement[bool]:
    return _ADDRESS.contains("/project", autoescape=True)


def _lies_in(places: Sequence[str] | None) -> ColumnElement[bool]:
    if places is None:
        return true()
    return or_(~_names_project(), *(_ADDRESS.startswith(each, autoescape=True) for each in places))


def _mentions(text: str, places: Sequence[str] | None) -> ColumnElement[bool]:
    comment = func.coalesce(JobMarkRow.comment, JobRow.plan["comment"].as_string(), "")
    return or_(
        JobRow.id.istartswith(text, autoescape=True),
        _MODEL.icontains(text, autoescape=True) & _lies_in(places),
        *(each.icontains(text, autoescape=True) for each in (JobRow.handler, comment)),
    )
