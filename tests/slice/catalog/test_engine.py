"""Transactions, and other writers."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import bindparam, func, select, text
from tests.slice.catalog.rows import add, count, write_one

from starwhale.catalog.engine import Catalog
from starwhale.catalog.tables.base import UtcDateTime
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.core.errors import (
    Conflict,
    Forbidden,
    Unavailable,
)
from starwhale.kit.times import utc_now


def test_it_is_our_own_server_that_answers(
    catalog: Catalog, database: str, request: pytest.FixtureRequest
) -> None:
    with catalog.read() as session:
        if database == "sqlite":
            assert session.scalar(text("PRAGMA journal_mode")) == "wal"
        else:
            server = request.getfixturevalue("postgres_server")
            assert session.scalar(text("SHOW data_directory")) == str(server.data)


def test_a_block_that_raises_leaves_nothing(catalog: Catalog) -> None:
    def fail() -> None:
        with catalog.begin() as session:
            add(session, "a")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert count(catalog) == 0


def test_what_is_committed_is_seen_by_others(catalog: Catalog, catalog_url: str) -> None:
    with catalog.begin() as session:
        add(session, "a")
    other = Catalog.open(catalog_url)
    assert count(other) == 1
    other.close()


def test_a_read_sees_one_moment(catalog: Catalog) -> None:
    with catalog.read() as session:
        before = session.scalar(select(func.count()).select_from(ProjectRow))
        with ThreadPoolExecutor(1) as pool:
            pool.submit(write_one, catalog, "a").result()
        after = session.scalar(select(func.count()).select_from(ProjectRow))
    assert (before, after, count(catalog)) == (0, 0, 1)


def test_writing_in_a_read_fails_and_leaves_writing_possible(catalog: Catalog) -> None:
    def write_in_read() -> None:
        with catalog.read() as session:
            add(session, "a")

    for _ in range(3):
        with pytest.raises(Forbidden):
            write_in_read()
        write_one(catalog, f"b{count(catalog)}")
    assert count(catalog) == 3


def test_a_key_that_is_taken_conflicts(catalog: Catalog) -> None:
    write_one(catalog, "a")
    with pytest.raises(Conflict):
        write_one(catalog, "a")


def test_foreign_keys_hold(catalog: Catalog) -> None:
    statement = "INSERT INTO artifacts (project_id, kind, name, next_seq, created_at, created_by) "

    def dangle() -> None:
        with catalog.begin() as session:
            typed = bindparam("now", type_=UtcDateTime())
            insertion = text(statement + "VALUES (99, 'model', 'x', 0, :now, 'me')").bindparams(typed)
            session.execute(insertion, {"now": utc_now()})

    with pytest.raises(Exception, match=r"(?i)foreign key"):
        dangle()


def test_a_write_inside_a_write_of_the_same_thread_is_a_mistake(sqlite_url: str) -> None:
    catalog = Catalog.open(sqlite_url)

    def nest() -> None:
        with catalog.begin() as outer:
            add(outer, "a")
            with catalog.begin() as inner:
                add(inner, "b")

    with pytest.raises(RuntimeError, match="inside another"):
        nest()
    write_one(catalog, "c")
    assert count(catalog) == 1
    catalog.close()


def test_writers_of_many_threads_lose_nothing(catalog: Catalog) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: write_one(catalog, f"p{number}"), range(64)))
    assert count(catalog) == 64


def test_a_writer_waits_for_another_process_and_then_gives_up(catalog_url: str) -> None:
    impatient, other = Catalog.open(catalog_url, patience=0.3), Catalog.open(catalog_url)
    with other.begin() as session:
        lock = "SELECT 1" if other.dialect == "sqlite" else "LOCK TABLE projects IN EXCLUSIVE MODE"
        session.execute(text(lock))
        started = time.monotonic()
        with pytest.raises(Unavailable, match="stayed busy"):
            write_one(impatient, "a")
        assert 0.25 < time.monotonic() - started < 5
    write_one(impatient, "a")
    impatient.close()
    other.close()


def test_a_writer_waits_for_another_thread_and_then_gives_up(sqlite_url: str) -> None:
    catalog = Catalog.open(sqlite_url, patience=0.2)
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        with catalog.begin() as session:
            add(session, "a")
            holding.set()
            done.wait(10)

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(hold)
        holding.wait(10)
        with pytest.raises(Unavailable, match="stayed busy"):
            write_one(catalog, "b")
        done.set()
        future.result()
    assert count(catalog) == 1
    catalog.close()


def test_a_commit_is_synced_and_keys_are_checked_on_every_connection(sqlite_url: str) -> None:
    catalog = Catalog.open(sqlite_url)
    for purpose in (catalog.begin, catalog.read):
        with purpose() as session:
            assert session.scalar(text("PRAGMA synchronous")) == 2
            assert session.scalar(text("PRAGMA foreign_keys")) == 1
            assert session.scalar(text("PRAGMA busy_timeout")) == 30_000
    catalog.close()


def test_a_connection_that_is_in_use_when_all_are_closed_is_closed_after_that(catalog: Catalog) -> None:
    with catalog.connect() as connection:
        used = connection.connection.dbapi_connection
        catalog.close()
        assert connection.scalar(text("SELECT 1")) == 1
    with pytest.raises(Exception, match="closed"):
        used.execute("SELECT 1")  # type: ignore[union-attr]
    # And afterwards they are kept again.
    with catalog.connect() as connection:
        kept = connection.connection.dbapi_connection
    with catalog.connect() as connection:
        assert connection.connection.dbapi_connection is kept
