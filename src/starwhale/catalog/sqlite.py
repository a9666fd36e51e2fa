"""The catalog in a SQLite file: write-ahead log, every commit synced, one writer at a time."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import create_engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from starwhale.catalog.failures import NO_ROOM
from starwhale.catalog.filesystem import file_system_of, is_network
from starwhale.catalog.tables.base import read_json
from starwhale.core.errors import StorageFull, Unavailable, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.engine import URL, Connection, Engine
    from sqlalchemy.pool import PoolProxiedConnection

# What a connection is told when it is used for another purpose than before. `query_only` makes a write in a
# read transaction fail instead of vanish; foreign keys are off while tables are rebuilt.
_MODES = {
    "read": ("PRAGMA query_only = ON",),
    "write": ("PRAGMA query_only = OFF", "PRAGMA foreign_keys = ON"),
    "migrate": ("PRAGMA query_only = OFF", "PRAGMA foreign_keys = OFF"),
}
_PURPOSE = "starwhale_purpose"
_DRIVER = "sqlite+starwhale"


def engine(url: URL, patience: float) -> Engine:
    """Engine of the file that `url` names; its folder is made where it is missing.

    Raises:
        UsageError: a database in memory; processes could not share it.
        Unavailable: the file lies on a network file system.
    """
    if not url.database or url.database == ":memory:":
        raise UsageError("a catalog needs a file", hint="use sqlite:///PATH")
    path = Path(url.database)
    _prepare(path)
    made = create_engine(
        url.set(drivername=_DRIVER),
        connect_args={"timeout": patience, "isolation_level": None, "check_same_thread": False},
        max_overflow=-1,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=read_json,
    )
    event.listen(made, "connect", _on_connect)
    return made


def purposes(engine: Engine) -> Mapping[str, Engine]:
    """An engine for transactions that read, one for those that write, and one for those that migrate."""
    made = {each: engine.execution_options(**{_PURPOSE: each}) for each in _MODES}
    # Not of the one that reads: an engine of which somebody wants to hear takes half as long again for all
    # that it does.
    for each in _MODES.keys() - {"read"}:
        event.listen(made[each], "begin", _on_begin_writing)
    return made


class Dialect(SQLiteDialect_pysqlite):
    """That of SQLite, but for how transactions begin: most read."""

    supports_statement_cache = True

    def do_begin(self, dbapi_connection: PoolProxiedConnection) -> None:
        """Begin a transaction that reads; one that writes has begun already, see `purposes`."""
        driver: Any = dbapi_connection.driver_connection
        if driver.in_transaction:
            return
        known = dbapi_connection.info
        if known.get(_PURPOSE) != "read":
            for statement in _MODES["read"]:
                driver.execute(statement)
            known[_PURPOSE] = "read"
        driver.execute("BEGIN")


registry.register("sqlite.starwhale", __name__, Dialect.__name__)


def _prepare(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        kind = StorageFull if exc.errno in NO_ROOM else Unavailable
        raise kind(f"cannot make the folder {path.parent}: {exc.strerror}") from exc
    refuse_network(path, file_system_of(path.parent))


def refuse_network(path: Path, file_system: str) -> None:
    """Let nobody put a catalog where SQLite's locks and shared memory do not hold.

    Raises:
        Unavailable: `file_system` reaches over a network.
    """
    if is_network(file_system):
        raise Unavailable(
            f"the catalog {path} would lie on a network file system ({file_system}), where SQLite loses data",
            hint="set SW_LOCAL_STORAGE to a folder on a local disk, or use a PostgreSQL catalog",
        )


def _on_connect(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    mode = cursor.execute("PRAGMA journal_mode").fetchone()[0]
    if mode != "wal":
        cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    # As on PostgreSQL: LIKE tells letters by their case, and there are more letters than those of ASCII.
    cursor.execute("PRAGMA case_sensitive_like = ON")
    connection.create_function("lower", 1, _lower, deterministic=True)
    if sys.platform == "darwin":
        cursor.execute("PRAGMA fullfsync = ON")
    cursor.close()


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _on_begin_writing(connection: Connection) -> None:
    purpose = connection.get_execution_options()[_PURPOSE]
    # It is the same one for all transactions that a connection of the driver is lent to.
    known = connection.connection.info
    if known.get(_PURPOSE) != purpose:
        for statement in _MODES[purpose]:
            connection.exec_driver_sql(statement)
        known[_PURPOSE] = purpose
    connection.exec_driver_sql("BEGIN IMMEDIATE")
