"""Digests of files that have not changed since they were hashed."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Self

_log = logging.getLogger(__name__)
_VERSION = 1
_MOST = 500_000
# SQLite quotes a damaged file in its errors, and such a quotation need not be UTF-8.
_UNREADABLE = (sqlite3.Error, UnicodeDecodeError)
# A file that was changed a moment ago may be changed again within the same tick of its time stamp.
_YOUNG_NS = 2_000_000_000
_TABLE = """
create table if not exists digests (
    device integer not null, inode integer not null, size integer not null, mtime_ns integer not null,
    ctime_ns integer not null, digest text not null, seal blob not null, used integer not null,
    primary key (device, inode)
) without rowid
"""
# The oldest, where there are too many; otherwise the inner query is null, and nothing is less.
_FORGET = "delete from digests where used <= (select used from digests order by used desc limit 1 offset ?)"


class DigestCache:
    """A small SQLite file beside the store. It may be deleted at any time, and never fails its user.

    A digest counts only for the same device, inode, size and times; the modification time can be set at
    will, but not the change time. Several processes may use one file. `close` writes what was learned.

    Args:
        path: The file; made when it is missing.
        clock: Nanoseconds since the epoch.
    """

    def __init__(self, path: Path, *, clock: Callable[[], int] = time.time_ns) -> None:
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._learned: dict[tuple[int, int], tuple[Any, ...]] = {}
        self._database = self._opened()

    def get(self, found: os.stat_result) -> str | None:
        """The digest of a file with this `stat`; None when it is not known for certain."""
        if self._is_young(found):
            return None
        with self._lock:
            row = self._row(found)
        if row is None or row[:3] != (found.st_size, found.st_mtime_ns, found.st_ctime_ns):
            return None
        digest, seal = row[3:5]
        # SQLite does not notice a flipped bit; a wrong digest would name another content.
        return digest if seal == _seal(found, digest) else None

    def put(self, found: os.stat_result, digest: str) -> None:
        """Learn a digest. No-op for a file that was changed just now.

        Args:
            found: The `stat` of the file, the same before and after it was hashed.
            digest: Of its content.
        """
        if self._is_young(found):
            return
        now = self._clock() // 1_000_000_000
        row = (found.st_size, found.st_mtime_ns, found.st_ctime_ns, digest, _seal(found, digest), now)
        with self._lock:
            self._learned[_name(found)] = row

    def close(self) -> None:
        """Write what was learned, and let go of the file."""
        with self._lock:
            if self._database is None:
                return
            try:
                self._write(self._database)
            except _UNREADABLE as exc:
                _log.warning("the digest cache %s could not be written: %s", self._path, exc)
            finally:
                self._database.close()
                self._database = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _is_young(self, found: os.stat_result) -> bool:
        return max(found.st_mtime_ns, found.st_ctime_ns) + _YOUNG_NS > self._clock()

    def _row(self, found: os.stat_result) -> tuple[Any, ...] | None:
        learned = self._learned.get(_name(found))
        if learned is not None or self._database is None:
            return learned
        query = "select size, mtime_ns, ctime_ns, digest, seal from digests where device = ? and inode = ?"
        try:
            return self._database.execute(query, _name(found)).fetchone()
        except _UNREADABLE as exc:
            _log.warning("the digest cache %s could not be read: %s", self._path, exc)
            return None

    def _opened(self) -> sqlite3.Connection | None:
        """The database, begun anew when the file is none; None when there can be none."""
        for attempt in range(2):
            try:
                return _connect(self._path)
            except (*_UNREADABLE, OSError) as exc:
                _log.warning("the digest cache %s could not be opened: %s", self._path, exc)
                # A locked or read-only file is an OperationalError, and not ours to remove.
                if attempt or isinstance(exc, OSError | sqlite3.OperationalError):
                    return None
                with contextlib.suppress(OSError):
                    self._path.unlink(missing_ok=True)
        return None

    def _write(self, database: sqlite3.Connection) -> None:
        if not self._learned:
            return
        rows = [(*name, *row) for name, row in self._learned.items()]
        with _alone(database):
            database.executemany("insert or replace into digests values (?, ?, ?, ?, ?, ?, ?, ?)", rows)
            database.execute(_FORGET, (_MOST,))
        self._learned.clear()


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(path, timeout=5.0, check_same_thread=False, isolation_level=None)
    try:
        if _version(database) != _VERSION:
            with _alone(database):
                if _version(database) != _VERSION:  # another process may have been quicker
                    database.execute("drop table if exists digests")
                    database.execute(_TABLE)
                    database.execute(f"pragma user_version = {_VERSION}")
    except BaseException:
        database.close()
        raise
    return database


def _version(database: sqlite3.Connection) -> int:
    return database.execute("pragma user_version").fetchone()[0]


@contextlib.contextmanager
def _alone(database: sqlite3.Connection) -> Generator[None]:
    """A transaction that may write from its beginning, and so waits for others instead of failing."""
    database.execute("begin immediate")
    try:
        yield
    except BaseException:
        with contextlib.suppress(sqlite3.Error):  # a full disk has rolled it back already
            database.execute("rollback")
        raise
    database.execute("commit")


def _name(found: os.stat_result) -> tuple[int, int]:
    """Device and inode as SQLite can hold them: it knows no unsigned integers of 64 bits."""
    return _signed(found.st_dev), _signed(found.st_ino)


def _signed(number: int) -> int:
    return number - (1 << 64) if number >= 1 << 63 else number


def _seal(found: os.stat_result, digest: str) -> bytes:
    facts = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns, digest)
    return hashlib.sha256(repr(facts).encode()).digest()[:8]
