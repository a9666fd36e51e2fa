"""Tables of removed projects: they are found by the name of their project, which another one may take."""

from __future__ import annotations

import secrets

from sqlalchemy import String, func, literal, select, update
from sqlalchemy.orm import Session

from starwhale.catalog.tables.tablelog import LiveTableRow


def aside(project: int) -> str:
    """Beginning of the paths of all tables of a removed project; no project can be called so.

    Args:
        project: Its number.
    """
    return f"~removed/{project}/"


def move_tables(session: Session, source: str, target: str) -> int:
    """Have the tables whose paths begin with `source` begin with `target`; how many there are.

    Whatever begins with `target` already is moved out of the way, to where nobody looks: an abandoned
    process may have written it, and nothing is ever lost.
    """
    found = select(LiveTableRow.id).where(LiveTableRow.path.startswith(target, autoescape=True)).limit(1)
    if session.execute(found).scalar_one_or_none() is not None:
        move_tables(session, target, f"~lost/{secrets.token_hex(8)}/")
    moved = session.connection().execute(
        update(LiveTableRow)
        .where(LiveTableRow.path.startswith(source, autoescape=True))
        .values(path=literal(target, String) + func.substr(LiveTableRow.path, len(source) + 1))
    )
    return moved.rowcount
