"""Rows of projects, the simplest there are, to try the catalog with."""

from __future__ import annotations

from sqlalchemy import func, insert, select

from starwhale.catalog.engine import Catalog, Session
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.kit.times import utc_now


def add(session: Session, name: str, description: str = "") -> None:
    row = {"name": name, "description": description, "created_at": utc_now(), "created_by": "me"}
    session.execute(insert(ProjectRow).values(row))


def write_one(catalog: Catalog, name: str, description: str = "") -> None:
    with catalog.begin() as session:
        add(session, name, description)


def count(catalog: Catalog) -> int:
    with catalog.read() as session:
        return session.scalar(select(func.count()).select_from(ProjectRow)) or 0
