"""The names of the tables of a project, page by page."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, and_, func, not_, select
from sqlalchemy.orm import Session

from starwhale.catalog.keyset import Key, cut
from starwhale.catalog.tables.tablelog import LiveTableRow
from starwhale.core.page import Page, PageRequest

_EVALUATION = "evaluation/"
_JOB = 40  # characters of its id


def listed_tables(
    session: Session,
    project: str,
    beginning: str,
    without: Select[Any],
    *,
    hidden: str,
    page: PageRequest,
) -> Page[str]:
    """One page of the names of the tables of a project.

    Args:
        session: The transaction.
        project: Name of the project.
        beginning: Beginning of their names, behind the project's.
        without: Ids of jobs whose tables are left out.
        hidden: Beginning of names that are left out, behind the project's; empty for none.
        page: Which page.
    """
    prefix = f"{project}/{beginning}"
    behind = func.substr(LiveTableRow.path, len(project) + 2)
    job = func.substr(behind, len(_EVALUATION) + 1, _JOB)
    condition = (
        LiveTableRow.path.startswith(prefix, autoescape=True),
        not_(and_(func.substr(behind, 1, len(_EVALUATION)) == _EVALUATION, job.in_(without))),
        *([func.substr(behind, 1, len(hidden)) != hidden] if hidden else ()),
    )
    total = session.scalar(select(func.count()).select_from(LiveTableRow).where(*condition)) or 0
    found = cut(session, select(LiveTableRow.path).where(*condition), (Key(LiveTableRow.path),), page)
    return Page(items=tuple(path for path, _ in found.rows), total=total, request=page, next=found.next)
