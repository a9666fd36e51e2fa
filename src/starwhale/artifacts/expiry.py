"""What has lain in the trash for its time: how it is found, and deleted for good."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from starwhale.catalog.tables.artifacts import ArtifactRow, VersionRow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from starwhale.catalog.engine import Catalog, Session


def nothing(_gone: Sequence[Any]) -> None:
    """What is to be done where all lies in the catalog."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trash:
    """What one noun has in its trash. What it calls a thing is its own affair.

    Attributes:
        old: What was removed before a moment.
        delete: Deletes of that what is still there, and was not taken out of the trash meanwhile; what went.
        due: What `delete` would delete, for a look; None where it writes to the catalog alone, which is
            undone with the transaction.
        clear: Deletes what of it lies outside of the catalog, when the transaction is over.
    """

    old: Callable[[datetime], Sequence[Any]]
    delete: Callable[[Session, Sequence[Any], datetime], Sequence[Any]]
    due: Callable[[Session, Sequence[Any], datetime], Sequence[Any]] | None = None
    clear: Callable[[Sequence[Any]], None] = nothing


def versions_trash(catalog: Catalog) -> Trash:
    """Versions of packages that are in use."""
    return _trash_of(catalog, VersionRow)


def artifacts_trash(catalog: Catalog) -> Trash:
    """Packages."""
    return _trash_of(catalog, ArtifactRow)


def _trash_of(catalog: Catalog, table: type[VersionRow | ArtifactRow]) -> Trash:
    def old(before: datetime) -> Sequence[int]:
        with catalog.read() as session:
            return list(session.scalars(select(table.id).where(table.removed_at < before)))

    def purge(session: Session, some: Sequence[int], before: datetime) -> Sequence[int]:
        which = delete(table).where(table.id.in_(some), table.removed_at < before)
        gone = session.scalars(which.returning(table.id).execution_options(synchronize_session=False))
        return list(gone)

    return Trash(old=old, delete=purge)
