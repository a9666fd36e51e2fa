"""What the databases' own exceptions mean to a user."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

from sqlalchemy import exc as sa

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
    sqlite3.SQLITE_FULL: (StorageFull, "no space left for the catalog {place}", _FREE),
    sqlite3.SQLITE_BUSY: (
        Unavailable,
        "the catalog {place} stayed busy",
        "another process writes; try again",
    ),
    sqlite3.SQLITE_LOCKED: (
        Unavailable,
        "the catalog {place} stayed busy",
        "another process writes; try again",
    ),
    sqlite3.SQLITE_PROTOCOL: (
        Unavailable,
        "the catalog {place} stayed busy",
        "another process writes; try again",
    ),
    sqlite3.SQLITE_NOMEM: (
        Unavailable,
        "no memory left for the catalog {place}",
        "end other programs and try again",
    ),
    sqlite3.SQLITE_NOLFS: (StorageFull, "the disk of the catalog {place} holds no larger file", "move it"),
    sqlite3.SQLITE_CORRUPT: (Corrupted, "the catalog {place} is damaged", "restore it from a backup"),
    sqlite3.SQLITE_NOTADB: (Corrupted, "{place} is not a catalog", "restore it from a backup"),
    sqlite3.SQLITE_READONLY: (
        Forbidden,
        "the catalog {place} may not be written",
        "check its owner and mount",
    ),
    sqlite3.SQLITE_PERM: (Forbidden, "the catalog {place} may not be opened", "check its owner and mode"),
    sqlite3.SQLITE_CANTOPEN: (
        Unavailable,
        "the catalog {place} cannot be opened",
        "check its folder and mode",
    ),
    sqlite3.SQLITE_IOERR: (Unavailable, "the disk of the catalog {place} fails", "see the system's log"),
}
_SQLITE_TAKEN = frozenset({sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY})

# SQLSTATE, whole or its class of two characters.
_POSTGRES: dict[str, tuple[type[StarwhaleError], str, str]] = {
    "23505": (Conflict, "somebody else was first", "look again and repeat"),
    "40": (Conflict, "somebody else changed the same thing at the same time", "try again"),
    "53": (StorageFull, "the database {place} has no room left", _FREE),
    "53300": (Unavailable, "the database {place} has too many connections", "try again"),
    "55P03": (Unavailable, "the database {place} stayed busy", "another process writes; try again"),
    "25006": (Forbidden, "the database {place} may not be written", "it is read-only"),
    "28": (Forbidden, "the database {place} refuses the login", "check user and password"),
    "3D000": (Unavailable, "the database {place} does not exist", "create it with `createdb`"),
    "57": (Unavailable, "the database {place} is shutting down or starting", "try again"),
    "08": (Unavailable, "the database {place} does not answer", "try again"),
    "XX001": (Corrupted, "the database {place} is damaged", "restore it from a backup"),
}


def translate(error: sa.SQLAlchemyError, place: str) -> StarwhaleError | None:
    """Our error for what the driver raised; None where it is a fault of our own code."""
    if isinstance(error, sa.TimeoutError):
        return Unavailable(f"all connections to {place} are in use", hint="try again")
    if not isinstance(error, sa.DBAPIError):
        return None
    origin = error.orig
    if isinstance(origin, sqlite3.Error):
        return translate_sqlite(origin, place)
    state = getattr(origin, "sqlstate", None)
    if state is None:
        # The connection broke or never came about: the server had no chance to send a code.
        lost = error.connection_invalidated or isinstance(error, sa.OperationalError)
        return _made(_POSTGRES["08"], place) if lost else None
    row = _POSTGRES.get(state) or _POSTGRES.get(state[:2])
    return _made(row, place) if row else None


def translate_sqlite(origin: sqlite3.Error, place: str) -> StarwhaleError | None:
    """The same for what SQLite raises without SQLAlchemy in between."""
    code: int = getattr(origin, "sqlite_errorcode", 0)
    if code in _SQLITE_TAKEN:
        return _made(_POSTGRES["23505"], place)
    row = _SQLITE.get(code & 0xFF)
    if row is None:
        return None
    vague = code & 0xFF in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR)
    return _made(_SQLITE[sqlite3.SQLITE_FULL] if vague and _is_full(place) else row, place)


def _is_full(place: str) -> bool:
    """SQLite calls a full disk an I/O error where it meets it outside of a write."""
    path = Path(place).absolute()
    try:
        disk = os.statvfs(path.parent)
    except OSError:
        return False
    return disk.f_bavail == 0 or (disk.f_files > 0 and disk.f_favail == 0)


def _made(row: tuple[type[StarwhaleError], str, str], place: str) -> StarwhaleError:
    kind, message, hint = row
    return kind(message.format(place=place), hint=hint)
