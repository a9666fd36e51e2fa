"""Full, read-only and damaged disks, and a server that dies (faults 2 and 15)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from tests.postgres import PostgresServer
from tests.slice.catalog.rows import add, count, write_one

from starwhale.catalog.engine import Catalog
from starwhale.core.errors import (
    Corrupted,
    Forbidden,
    StorageFull,
    Unavailable,
)


def file_of(url: str) -> Path:
    return Path(make_url(url).database or "")


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
