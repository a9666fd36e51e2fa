"""The catalog in PostgreSQL."""

from __future__ import annotations

from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import create_engine, event, text

from starwhale.catalog.tables.base import read_json
from starwhale.core.errors import MissingDependency

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from sqlalchemy.engine import URL, Connection, Engine

_PURPOSES: dict[str, dict[str, Any]] = {
    "read": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
    "write": {},
    "migrate": {},
}


def purposes(engine: Engine) -> Mapping[str, Engine]:
    """An engine for transactions that read, one for those that write, and one for those that migrate."""
    return {purpose: engine.execution_options(**options) for purpose, options in _PURPOSES.items()}


def engine(url: URL, patience: float) -> Engine:
    """Engine of the database that `url` names.

    Connections are tried before use: a server that was restarted is found again by itself.

    Raises:
        MissingDependency: psycopg is not installed.
    """
    if find_spec("psycopg") is None:
        raise MissingDependency(
            "a PostgreSQL catalog needs psycopg", hint="pip install 'starwhale[postgresql]'"
        )
    made = create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={"connect_timeout": 10, "application_name": "starwhale"},
        pool_pre_ping=True,
        pool_size=5,
        max_overflow=15,
        pool_timeout=patience,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=read_json,
    )

    def on_connect(connection: Any, _record: object) -> None:
        # As on SQLite: a writer waits so long for another one and no longer.
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = '{patience * 1000:.0f}ms'")
        connection.commit()

    event.listen(made, "connect", on_connect)
    return made


@contextmanager
def one_moment(reading: Engine) -> Generator[str]:
    """Have every transaction of an engine for reading see this moment, whatever is written meanwhile.

    Yields:
        The name by which PostgreSQL's own programs see it too.
    """

    def see_it(connection: Connection) -> None:
        connection.exec_driver_sql(f"SET TRANSACTION SNAPSHOT '{name}'")
        # It may wait for what is read elsewhere in between.
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")

    with reading.connect() as holding:
        # It waits as long as the others work, and must not be ended for that.
        holding.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        name = str(holding.scalar(text("SELECT pg_export_snapshot()")))
        event.listen(reading, "begin", see_it)
        try:
            yield name
        finally:
            event.remove(reading, "begin", see_it)
