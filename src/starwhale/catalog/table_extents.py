"""What the catalog says of the logs of tables, all of it, for whoever copies them."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from starwhale.catalog.tables.tablelog import LiveTableRow, TableCommitRow
from starwhale.core.errors import Corrupted
from starwhale.storage.tables.ports import Extent

_AT_ONCE = 1_000


def committed_extents(session: Session) -> Iterator[tuple[str, Extent]]:
    """Every committed frame once, by writer and offset, with the path of a table that it belongs to.

    Those that are folded are among them: whoever reads an older revision reads them.

    Raises:
        Corrupted: one row says where no frame can be.
    """
    commit = TableCommitRow
    frame = (commit.writer, commit.offset, commit.length)
    query = (
        select(func.min(LiveTableRow.path), *frame, func.max(commit.rows))
        .join(LiveTableRow, LiveTableRow.id == commit.table_id)
        .group_by(*frame)
        .order_by(*frame)
    )
    for path, writer, offset, length, rows in session.execute(query.execution_options(yield_per=_AT_ONCE)):
        if not (_is_number(offset) and _is_number(length)):
            raise Corrupted(
                f"where the rows of table {path!r} lie cannot be told",
                hint="remove the job or run that it belongs to for good, or restore a backup",
            )
        yield path, Extent(writer=writer, offset=offset, length=length, rows=rows)


def tails_by_writer(session: Session) -> Iterator[tuple[str, str]]:
    """Every writer of a frame that is folded nowhere, with each of the tables that need it."""
    query = (
        select(TableCommitRow.writer, LiveTableRow.path)
        .join(LiveTableRow, LiveTableRow.id == TableCommitRow.table_id)
        .where(TableCommitRow.revision > LiveTableRow.folded)
        .distinct()
        .order_by(TableCommitRow.writer, LiveTableRow.path)
    )
    found = session.execute(query.execution_options(yield_per=_AT_ONCE))
    return ((writer, path) for writer, path in found)


def _is_number(value: object) -> bool:
    # SQLite keeps whatever it is given.
    return isinstance(value, int) and value >= 0
