"""The catalog: one SQL database, SQLite in a file or PostgreSQL, and its transactions."""

from __future__ import annotations

import os
import threading
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from starwhale.catalog import postgres, sqlite
from starwhale.catalog.failures import translate
from starwhale.catalog.news import News, noted
from starwhale.catalog.revision import revision_of
from starwhale.core.errors import Conflict, Unavailable, UsageError

if TYPE_CHECKING:
    from collections.abc import Generator

    from sqlalchemy.pool import ConnectionPoolEntry

__all__ = ["Catalog", "Session"]

#: Seconds a writer waits for the other writers before it gives up.
PATIENCE = 30.0

_OPEN: weakref.WeakSet[Catalog] = weakref.WeakSet()

# Pools that a forked child has from its parent. What was in use at that moment is in them, and must be
# neither used nor closed: closing says good-bye to the server in the parent's name.
_INHERITED: list[object] = []


class _Closings:
    """How often the connections of a catalog were closed, and which of them are from before."""

    def __init__(self) -> None:
        self.count = 0

    def note(self, _connection: Any, record: ConnectionPoolEntry) -> None:
        record.info[self] = self.count

    def see_off(self, _connection: Any, record: ConnectionPoolEntry) -> None:
        # It goes back to a pool that nobody takes it from again.
        if record.info.get(self, self.count) != self.count:
            record.invalidate()


class Catalog:
    """One open catalog. Safe to share among threads.

    A forked child may use it too, unless the fork happened in the middle of a transaction: SQLite remembers
    by process which locks are held, and the child would wait for itself.

    Args:
        engine: The database.
        patience: Seconds a writer waits for others.

    Attributes:
        dialect: "sqlite" or "postgresql".
        place: Where it lies, for messages: a path, or a URL without its password.
        news: Tells of changes as soon as they are durable.
    """

    def __init__(self, engine: Engine, patience: float = PATIENCE) -> None:
        self.dialect = engine.dialect.name
        is_sqlite = self.dialect == "sqlite"
        self.place = str(engine.url.database if is_sqlite else engine.url)
        module = sqlite if is_sqlite else postgres
        self.news = News()
        self._closings = _Closings()
        event.listen(engine, "connect", self._closings.note)
        event.listen(engine, "checkin", self._closings.see_off)
        self._engine = engine
        self._engines = module.purposes(engine)
        self._patience = patience
        # SQLite lets writers poll for the lock; those of one process queue here and waste no time.
        self._turn = threading.Lock() if is_sqlite else None
        self._writer: int | None = None
        _OPEN.add(self)
        # One that nobody holds any more gives its connections back, closed or not.
        weakref.finalize(self, engine.dispose)

    @classmethod
    def open(cls, url: str, *, patience: float = PATIENCE) -> Self:
        """Open the catalog at `url`; make it or bring it up to date first where that is needed.

        Args:
            url: ``sqlite:///PATH`` or ``postgresql+psycopg://USER:PASSWORD@HOST/DATABASE``.
            patience: Seconds a writer waits for the other writers before it gives up.

        Raises:
            UsageError: `url` names no database that a catalog can live in.
            Conflict: a newer release has written this catalog.
            Unavailable: the database does not answer, or lies on a network file system.
            StorageFull: there is no room to make it.
            MissingDependency: the driver for PostgreSQL is not installed.
        """
        catalog = cls.unmigrated(url, patience=patience)
        try:
            catalog.migrate()
        except BaseException:
            catalog.close()
            raise
        return catalog

    @classmethod
    def unmigrated(cls, url: str, *, patience: float = PATIENCE) -> Self:
        """Open the catalog at `url` and leave its tables as they are, for tools that migrate."""
        return cls(_engine(url, patience), patience)

    def migrate(self) -> None:
        """Bring the tables to this release; one look at the revision when they are already there."""
        with self.connect() as connection:
            found = revision_of(connection)
        if found.is_newer:
            raise Conflict(
                f"the catalog {self.place} was written by a newer release (revision {found.name})",
                hint="upgrade with `pip install --upgrade starwhale`",
            )
        if found.is_behind:
            # Alembic costs more to import than all the rest of a start.
            from starwhale.catalog.migrations import upgrade

            with self.connect(migrating=True) as connection:
                upgrade(connection)

    @contextmanager
    def begin(self) -> Generator[Session]:
        """One write transaction: committed and durable when the block ends, undone when it raises.

        On SQLite it holds the write lock from its first statement on.

        Raises:
            Conflict: a unique key was taken meanwhile.
            StorageFull: no room; nothing of the transaction is visible.
            Unavailable: the database does not answer, or stayed busy for as long as `patience`.
        """
        with (
            self._in_turn(),
            self._translating(),
            Session(self._engines["write"], expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session
        if nouns := noted(session):
            self.news.tell(nouns)

    @contextmanager
    def read(self) -> Generator[Session]:
        """One read transaction: everything it sees belongs to one moment. Writing in it fails."""
        with (
            self._translating(),
            Session(self._engines["read"], expire_on_commit=False, autoflush=False) as session,
        ):
            yield session

    @contextmanager
    def connect(self, *, migrating: bool = False) -> Generator[Connection]:
        """A bare connection, for migrations and checks; nothing is committed by itself."""
        engine = self._engines["migrate" if migrating else "read"]
        with self._translating(), engine.connect() as connection:
            yield connection

    @contextmanager
    def one_moment(self) -> Generator[str]:
        """Have all read transactions see this moment until the block ends, whatever is written meanwhile.

        Only of a catalog in PostgreSQL; one in SQLite is copied for that.

        Yields:
            The name by which `pg_dump` sees the same moment.
        """
        with self._translating(), postgres.one_moment(self._engines["read"]) as name:
            yield name

    def own_connection(self) -> Any:
        """A connection of the driver, beside those that are shared; whoever asks for it closes it.

        Raises:
            Unavailable: the database does not answer.
        """
        with self._translating():
            pooled = self._engine.raw_connection()
            pooled.detach()
            return pooled.dbapi_connection

    def close(self) -> None:
        """Give back all connections, those in use as soon as they are not; a later use opens new ones."""
        self._closings.count += 1
        self._engine.dispose()

    def _begin_anew(self) -> None:
        """Be as if just opened, in a child that was forked."""
        _INHERITED.append(self._engine.pool)
        self._engine.dispose(close=False)
        self._turn = threading.Lock() if self._turn is not None else None
        self._writer = None
        self.news.forget()

    @contextmanager
    def _in_turn(self) -> Generator[None]:
        turn, me = self._turn, threading.get_ident()
        if turn is None:
            yield
            return
        if self._writer == me:
            raise RuntimeError("a write transaction was begun inside another one of the same thread")
        if not turn.acquire(timeout=self._patience):
            raise Unavailable(
                f"the catalog {self.place} stayed busy", hint="another thread writes; try again"
            )
        self._writer = me
        try:
            yield
        finally:
            self._writer = None
            turn.release()

    @contextmanager
    def _translating(self) -> Generator[None]:
        try:
            yield
        except SQLAlchemyError as exc:
            error = translate(exc, self.place)
            if error is None:
                raise
            raise error from exc


def _before_fork() -> None:
    for catalog in list(_OPEN):
        catalog.close()


def _after_fork_in_child() -> None:
    for catalog in list(_OPEN):
        catalog._begin_anew()  # noqa: SLF001  (the same module)  # pyright: ignore[reportPrivateUsage]


os.register_at_fork(before=_before_fork, after_in_child=_after_fork_in_child)


def _engine(text: str, patience: float) -> Engine:
    try:
        url = make_url(text)
    except SQLAlchemyError as exc:
        raise UsageError(f"not the URL of a catalog: {text!r}", hint="such as sqlite:///PATH") from exc
    backend = url.get_backend_name()
    if backend == "sqlite":
        return sqlite.engine(url, patience)
    if backend in {"postgresql", "postgres"}:
        return postgres.engine(url, patience)
    raise UsageError(
        f"a catalog cannot live in {backend!r}",
        hint="use sqlite:///PATH or postgresql+psycopg://HOST/DATABASE",
    )
