"""The catalog as a database: transactions, other writers, failures, start."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.engine import make_url
from tests.postgres import PostgresServer

from starwhale.catalog.engine import Catalog, Session
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.core.errors import (
    Conflict,
    Corrupted,
    Forbidden,
    MissingDependency,
    StorageFull,
    Unavailable,
    UsageError,
)
from starwhale.kit.times import utc_now


def add(session: Session, name: str, description: str = "") -> None:
    row = {"name": name, "description": description, "created_at": utc_now(), "created_by": "me"}
    session.execute(insert(ProjectRow).values(row))


def count(catalog: Catalog) -> int:
    with catalog.read() as session:
        return session.scalar(select(func.count()).select_from(ProjectRow)) or 0


def file_of(url: str) -> Path:
    return Path(make_url(url).database or "")


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A catalog in a file, for what concerns SQLite only."""
    shutil.copy(sqlite_template, tmp_path / "catalog.sqlite")
    return f"sqlite:///{tmp_path}/catalog.sqlite"


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
            session.execute(text(statement + "VALUES (99, 'model', 'x', 0, :now, 'me')"), {"now": utc_now()})

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


_FORK = """
import os, sys
from starwhale.catalog.engine import Catalog
from tests.slice.catalog.test_engine import count, write_one

catalog = Catalog.open(sys.argv[1], patience=10)
write_one(catalog, "before")
child = os.fork()
who = "child" if child == 0 else "parent"
for turn in range(50):
    write_one(catalog, f"{who}-{turn}")
    assert count(catalog) > turn
if child == 0:
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
assert count(catalog) == 101, count(catalog)
"""


def test_a_forked_child_uses_connections_of_its_own(catalog_url: str) -> None:
    subprocess.run([sys.executable, "-W", "ignore", "-c", _FORK, catalog_url], check=True, timeout=60)


_FORK_AND_CLOSE = """
import os, sys
from starwhale.catalog.engine import Catalog
from tests.slice.catalog.test_engine import count, write_one

catalog = Catalog.open(sys.argv[1], patience=10)
write_one(catalog, "before")
to_parent, to_child = os.pipe(), os.pipe()
child = os.fork()
if child == 0:
    assert count(catalog) == 1
    os.write(to_parent[1], b".")
    os.read(to_child[0], 1)
    write_one(catalog, "child")
    os._exit(0)
os.read(to_parent[0], 1)
# Whoever closes the last connection removes the log: it must not be the one that the child writes to.
catalog.close()
os.write(to_child[1], b".")
assert os.waitpid(child, 0)[1] == 0
assert count(catalog) == 2, count(catalog)
"""


def test_a_parent_that_closes_leaves_its_child_a_log_to_write_to(catalog_url: str) -> None:
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _FORK_AND_CLOSE, catalog_url], check=True, timeout=60
    )


def test_opening_an_up_to_date_catalog_imports_no_alembic_and_no_other_driver(
    catalog_url: str, database: str
) -> None:
    script = (
        "import sys; from starwhale.catalog.engine import Catalog; Catalog.open(sys.argv[1]).close(); "
        "print([name for name in ('alembic', 'psycopg', 'mako') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, catalog_url], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ("[]" if database == "sqlite" else "['psycopg']")


def test_opening_an_up_to_date_file_takes_less_than_five_milliseconds(sqlite_url: str) -> None:
    def opened() -> float:
        started = time.process_time()
        Catalog.open(sqlite_url).close()
        return time.process_time() - started

    assert min(opened() for _ in range(5)) < 0.005


def test_a_commit_is_synced_and_keys_are_checked_on_every_connection(sqlite_url: str) -> None:
    catalog = Catalog.open(sqlite_url)
    for purpose in (catalog.begin, catalog.read):
        with purpose() as session:
            assert session.scalar(text("PRAGMA synchronous")) == 2
            assert session.scalar(text("PRAGMA foreign_keys")) == 1
            assert session.scalar(text("PRAGMA busy_timeout")) == 30_000
    catalog.close()


def test_a_newer_catalog_is_refused_with_the_remedy(catalog: Catalog, catalog_url: str) -> None:
    with catalog.begin() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Conflict, match="newer release") as caught:
        Catalog.open(catalog_url)
    assert "pip install --upgrade" in caught.value.hint


@pytest.mark.parametrize("url", ["mysql://host/x", "nonsense", "sqlite://", "sqlite:///:memory:"])
def test_what_is_no_place_for_a_catalog_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        Catalog.open(url)


def test_a_server_that_does_not_answer_is_unavailable_and_its_password_untold(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="does not answer") as caught:
        Catalog.open(f"postgresql://me:secret@/x?host={tmp_path}")
    assert "secret" not in str(caught.value)


def test_a_database_that_does_not_exist_is_said_to(postgres_server: PostgresServer) -> None:
    with pytest.raises(Unavailable) as caught:
        Catalog.open(postgres_server.url("nowhere"))
    assert "postgres@/nowhere" in caught.value.message


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(Corrupted, match="is not a catalog"):
        Catalog.open(f"sqlite:///{path}")


def test_a_damaged_file_is_said_to_be_damaged(sqlite_url: str) -> None:
    path = file_of(sqlite_url)
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * (path.stat().st_size - 4096))
    with pytest.raises(Corrupted, match="is damaged"):
        count(Catalog.open(sqlite_url))


def test_a_file_in_a_folder_that_is_a_file_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable):
        Catalog.open(f"sqlite:///{tmp_path}/file/catalog.sqlite")


def test_missing_folders_are_made(tmp_path: Path) -> None:
    Catalog.open(f"sqlite:///{tmp_path}/a/b/catalog.sqlite").close()
    assert (tmp_path / "a/b/catalog.sqlite").exists()


def test_a_full_database_says_so_and_goes_on_when_there_is_room(sqlite_url: str) -> None:
    catalog = Catalog.open(sqlite_url)
    write_one(catalog, "before")

    def fill() -> None:
        with catalog.begin() as session:
            pages = session.scalar(text("PRAGMA page_count"))
            session.execute(text(f"PRAGMA max_page_count = {pages + 2}"))
            add(session, "huge", "x" * 1_000_000)

    with pytest.raises(StorageFull, match="no space left"):
        fill()
    assert count(catalog) == 1
    with catalog.begin() as session:
        session.execute(text("PRAGMA max_page_count = 1000000"))
        add(session, "after")
    assert count(catalog) == 2
    catalog.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    """A disk of 2 MB; the test is skipped where it cannot be mounted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("mounting a small disk needs root")
    return disk


@pytest.mark.fault
def test_a_full_disk_says_so_loses_nothing_and_recovers(small_disk: Path) -> None:
    try:
        url = f"sqlite:///{small_disk}/catalog.sqlite"
        catalog = Catalog.open(url)
        written = 0
        full = StorageFull("never")
        try:
            while written < 1000:
                write_one(catalog, f"p{written}", "x" * 10_000)
                written += 1
        except StorageFull as exc:
            full = exc
        assert "no space left" in full.message
        assert 10 < written < 1000
        assert count(catalog) == written
        with pytest.raises(StorageFull):
            Catalog.open(f"sqlite:///{small_disk}/other/catalog.sqlite")
        catalog.close()
        subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
        catalog = Catalog.open(url)
        write_one(catalog, "after", "x" * 10_000)
        assert count(catalog) == written + 1
        catalog.close()
    finally:
        subprocess.run(["umount", "-l", str(small_disk)], check=True)


@pytest.mark.fault
def test_a_read_only_disk_is_said_to_be_so(small_disk: Path) -> None:
    try:
        url = f"sqlite:///{small_disk}/catalog.sqlite"
        Catalog.open(url).close()
        subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
        with pytest.raises((Forbidden, Unavailable)):
            write_one(Catalog.open(url), "a")
    finally:
        subprocess.run(["umount", "-l", str(small_disk)], check=True)


@pytest.mark.fault
def test_a_killed_server_is_found_again_and_has_lost_nothing() -> None:
    server = PostgresServer(fast=False)
    try:
        catalog = Catalog.open(server.create())
        for round_ in range(3):
            write_one(catalog, f"acknowledged-{round_}")
            server.kill()
            if round_ == 0:
                with pytest.raises(Unavailable):
                    count(catalog)
            server.start()
            assert count(catalog) == round_ + 1
        catalog.close()
    finally:
        server.close()


def test_a_missing_driver_is_named_with_the_command_that_installs_it(tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['psycopg'] = None; from starwhale.catalog.engine import Catalog; "
        "from starwhale.core.errors import MissingDependency\n"
        "try: Catalog.open('postgresql://host/x')\n"
        "except MissingDependency as exc: print(exc.hint)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "pip install 'starwhale[postgresql]'" in done.stdout
    assert MissingDependency.exit_status == 8


def write_one(catalog: Catalog, name: str, description: str = "") -> None:
    with catalog.begin() as session:
        add(session, name, description)
