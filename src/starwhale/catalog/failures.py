"""What the databases' own exceptions mean to a user."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

from sqlalchemy import exc as sa
from sqlalchemy.engine import make_url

from starwhale.core.errors import (
    Conflict,
    Corrupted,
    Forbidden,
    StarwhaleError,
    StorageFull,
    Unavailable,
)

#: Errors of the operating system that mean: no room.
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})

_FREE = "free some space and try again; nothing of this write is visible"

# The low byte of SQLite's extended codes.
_SQLITE: dict[int, tuple[type[StarwhaleError], str, str]] = {
    sqlite3.SQLITE_FULL: (StorageFull, "no space left for the catalog {url}", _FREE),
    sqlite3.SQLITE_BUSY: (Unavailable, "the catalog {url} stayed busy", "another process writes; try again"),
    sqlite3.SQLITE_LOCKED: (
        Unavailable,
        "the catalog {url} stayed busy",
        "another process writes; try again",
    ),
    sqlite3.SQLITE_CORRUPT: (Corrupted, "the catalog {url} is damaged", "restore it from a backup"),
    sqlite3.SQLITE_NOTADB: (Corrupted, "{url} is not a catalog", "restore it from a backup"),
    sqlite3.SQLITE_READONLY: (Forbidden, "the catalog {url} may not be written", "check its owner and mount"),
    sqlite3.SQLITE_PERM: (Forbidden, "the catalog {url} may not be opened", "check its owner and mode"),
    sqlite3.SQLITE_CANTOPEN: (Unavailable, "the catalog {url} cannot be opened", "check its folder and mode"),
    sqlite3.SQLITE_IOERR: (Unavailable, "the disk of the catalog {url} fails", "see the system's log"),
}
_SQLITE_TAKEN = frozenset({sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY})

# SQLSTATE, whole or its class of two characters.
_POSTGRES: dict[str, tuple[type[StarwhaleError], str, str]] = {
    "23505": (Conflict, "somebody else was first", "look again and repeat"),
    "40": (Conflict, "somebody else changed the same thing at the same time", "try again"),
    "53": (StorageFull, "the database {url} has no room left", _FREE),
    "53300": (Unavailable, "the database {url} has too many connections", "try again"),
    "55P03": (Unavailable, "the database {url} stayed busy", "another process writes; try again"),
    "25006": (Forbidden, "the database {url} may not be written", "it is read-only"),
    "28": (Forbidden, "the database {url} refuses the login", "check user and password"),
    "3D000": (Unavailable, "the database {url} does not exist", "create it with `createdb`"),
    "57": (Unavailable, "the database {url} is shutting down or starting", "try again"),
    "08": (Unavailable, "the database {url} does not answer", "try again"),
    "XX001": (Corrupted, "the database {url} is damaged", "restore it from a backup"),
}


def translate(error: sa.SQLAlchemyError, url: str) -> StarwhaleError | None:
    """Our error for what the driver raised; None where it is a fault of our own code."""
    if isinstance(error, sa.TimeoutError):
        return Unavailable(f"all connections to {url} are in use", hint="try again")
    if not isinstance(error, sa.DBAPIError):
        return None
    origin = error.orig
    if isinstance(origin, sqlite3.Error):
        return _from_sqlite(origin, url)
    state = getattr(origin, "sqlstate", None)
    if state is None:
        # The connection broke or never came about: the server had no chance to send a code.
        lost = error.connection_invalidated or isinstance(error, sa.OperationalError)
        return _made(_POSTGRES["08"], url) if lost else None
    row = _POSTGRES.get(state) or _POSTGRES.get(state[:2])
    return _made(row, url) if row else None


def _from_sqlite(origin: sqlite3.Error, url: str) -> StarwhaleError | None:
    code: int = getattr(origin, "sqlite_errorcode", 0)
    if code in _SQLITE_TAKEN:
        return _made(_POSTGRES["23505"], url)
    row = _SQLITE.get(code & 0xFF)
    if row is None:
        return None
    vague = code & 0xFF in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR)
    return _made(_SQLITE[sqlite3.SQLITE_FULL] if vague and _is_full(url) else row, url)


def _is_full(url: str) -> bool:
    """SQLite calls a full disk an I/O error where it meets it outside of a write."""
    path = Path(make_url(url).database or "").absolute()
    try:
        disk = os.statvfs(path.parent)
    except OSError:
        return False
    return disk.f_bavail == 0 or (disk.f_files > 0 and disk.f_favail == 0)


def _made(row: tuple[type[StarwhaleError], str, str], url: str) -> StarwhaleError:
    kind, message, hint = row
    return kind(message.format(url=url), hint=hint)
