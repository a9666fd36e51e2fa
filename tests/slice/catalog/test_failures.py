"""What the drivers raise, and what we make of it."""

from __future__ import annotations

import sqlite3

import psycopg
import pytest
from sqlalchemy import exc as sa

from starwhale.catalog.failures import translate
from starwhale.core.errors import Conflict, Corrupted, Forbidden, StarwhaleError, StorageFull, Unavailable

SQLITE = {
    "SQLITE_FULL": StorageFull,
    "SQLITE_BUSY": Unavailable,
    "SQLITE_BUSY_SNAPSHOT": Unavailable,
    "SQLITE_LOCKED": Unavailable,
    "SQLITE_CORRUPT": Corrupted,
    "SQLITE_NOTADB": Corrupted,
    "SQLITE_READONLY": Forbidden,
    "SQLITE_READONLY_DBMOVED": Forbidden,
    "SQLITE_PERM": Forbidden,
    "SQLITE_CANTOPEN": Unavailable,
    "SQLITE_IOERR": Unavailable,
    "SQLITE_IOERR_FSYNC": Unavailable,
    "SQLITE_CONSTRAINT_UNIQUE": Conflict,
    "SQLITE_CONSTRAINT_PRIMARYKEY": Conflict,
    "SQLITE_CONSTRAINT_NOTNULL": None,
    "SQLITE_CONSTRAINT_FOREIGNKEY": None,
    "SQLITE_ERROR": None,
    "SQLITE_MISUSE": None,
}
POSTGRES = {
    psycopg.errors.UniqueViolation: Conflict,
    psycopg.errors.SerializationFailure: Conflict,
    psycopg.errors.DeadlockDetected: Conflict,
    psycopg.errors.DiskFull: StorageFull,
    psycopg.errors.OutOfMemory: StorageFull,
    psycopg.errors.TooManyConnections: Unavailable,
    psycopg.errors.LockNotAvailable: Unavailable,
    psycopg.errors.ReadOnlySqlTransaction: Forbidden,
    psycopg.errors.InvalidPassword: Forbidden,
    psycopg.errors.InvalidCatalogName: Unavailable,
    psycopg.errors.AdminShutdown: Unavailable,
    psycopg.errors.CannotConnectNow: Unavailable,
    psycopg.errors.ConnectionFailure: Unavailable,
    psycopg.errors.DataCorrupted: Corrupted,
    psycopg.errors.NotNullViolation: None,
    psycopg.errors.ForeignKeyViolation: None,
    psycopg.errors.UndefinedTable: None,
    psycopg.errors.SyntaxError: None,
}


def translated(error: Exception, kind: type[sa.DBAPIError] = sa.DatabaseError) -> StarwhaleError | None:
    return translate(kind("SELECT 1", {}, error), "/data/catalog.sqlite")


@pytest.mark.parametrize(("name", "expected"), SQLITE.items())
def test_codes_of_sqlite_have_our_errors(name: str, expected: type[StarwhaleError] | None) -> None:
    ours = translated(_sqlite_error(name))
    assert type(ours) is (expected or type(None))
    if ours is not None and expected is not Conflict:
        assert "/data/catalog.sqlite" in ours.message
        assert ours.hint


@pytest.mark.parametrize(
    ("kind", "expected"), POSTGRES.items(), ids=lambda kind: getattr(kind, "__name__", "")
)
def test_states_of_postgresql_have_our_errors(
    kind: type[psycopg.Error], expected: type[StarwhaleError] | None
) -> None:
    assert type(translated(kind("some words"))) is (expected or type(None))


def test_a_connection_that_never_came_about_is_unavailable() -> None:
    assert type(translated(psycopg.OperationalError("refused"), sa.OperationalError)) is Unavailable


def test_too_many_threads_at_once_are_told_to_try_again() -> None:
    assert type(translate(sa.TimeoutError("QueuePool limit"), "x")) is Unavailable


def test_mistakes_in_our_own_code_stay_what_they_are() -> None:
    assert translate(sa.ArgumentError("no such column"), "x") is None


def test_no_error_of_sqlite_that_a_user_can_meet_is_forgotten() -> None:
    told = {name for name in PRIMARY if translated(_sqlite_error(f"SQLITE_{name}")) is not None}
    assert PRIMARY - told == {
        "ERROR", "INTERNAL", "MISMATCH", "MISUSE", "RANGE", "SCHEMA", "TOOBIG", "INTERRUPT", "ABORT", "AUTH",
        "FORMAT", "NOTFOUND", "EMPTY", "CONSTRAINT",
    }  # fmt: skip


def _sqlite_error(name: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("some words")
    error.sqlite_errorcode = getattr(sqlite3, name)
    return error


# All that a call of SQLite can end with, beside success.
PRIMARY = {
    "ERROR", "INTERNAL", "PERM", "ABORT", "BUSY", "LOCKED", "NOMEM", "READONLY", "INTERRUPT", "IOERR",
    "CORRUPT", "NOTFOUND", "FULL", "CANTOPEN", "PROTOCOL", "EMPTY", "SCHEMA", "TOOBIG", "CONSTRAINT",
    "MISMATCH", "MISUSE", "NOLFS", "AUTH", "FORMAT", "RANGE", "NOTADB",
}  # fmt: skip
