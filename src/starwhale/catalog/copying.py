"""A copy of a catalog in a file, as it is at one moment, while others go on writing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from starwhale.catalog.failures import translate_sqlite
from starwhale.core.errors import Corrupted, StorageFull


def copy_catalog(path: Path, to: Path) -> None:
    """Copy a catalog.

    Args:
        path: Where it is; it is only read.
        to: Where there is nothing yet.

    Raises:
        StorageFull: there is no room for the copy.
        Unavailable: it cannot be opened, stayed busy, or its disk fails.
        Forbidden: it may not be read.
        Corrupted: it is damaged, or no catalog at all.
    """
    try:
        with (
            closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=60)) as source,
            closing(sqlite3.connect(to)) as target,
        ):
            source.backup(target)  # all pages in one step: one moment
            target.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        if isinstance(translate_sqlite(error, str(to)), StorageFull):
            raise StorageFull(
                f"no space left at {str(to.parent)!r} for a copy of the catalog {path}",
                hint="free some space, or name another place, and try again; nothing was changed",
            ) from error
        raise translate_sqlite(error, str(path)) or Corrupted(
            f"{path} is no catalog: {error}", hint="restore it from a backup"
        ) from error
