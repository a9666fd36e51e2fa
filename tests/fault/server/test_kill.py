"""A server is killed while sixteen write: what it has acknowledged is there, once."""

from __future__ import annotations

import os
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import pytest
from sqlalchemy import func, select
from tests.fault.server.server_process import ServerProcess
from tests.postgres import PostgresServer

from starwhale.catalog.engine import Catalog
from starwhale.catalog.tables.events import EventRow
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.client.http import Http
from starwhale.core.errors import Conflict, StarwhaleError, Unavailable

pytestmark = pytest.mark.fault
WRITERS = 16
# Seconds within which a server that was killed answers again, and one whose database is back writes again.
_RESTART = 5.0
_RECONNECT = 10.0


class Writers:
    """Sixteen who write until they are told to stop, and keep a journal of what was acknowledged."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token
        self.journal: list[str] = []
        self.refused: list[str] = []
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._write, daemon=True) for _ in range(WRITERS)]
        for each in self._threads:
            each.start()

    def _write(self) -> None:
        with Http(self.url, self.token) as http:
            while not self._over.is_set():
                name = f"p{uuid.uuid4().hex}"
                while True:  # until somebody says that it is done: the same request, with the same key
                    try:
                        http.post("/projects", {"name": name}, once=name)
                        self.journal.append(name)
                    except Unavailable:
                        time.sleep(0.1)
                        continue
                    except StarwhaleError as exc:
                        # It was done, and what was answered then is not known: that counts as acknowledged.
                        done = isinstance(exc, Conflict) and "was carried out" in exc.message
                        (self.journal if done else self.refused).append(name if done else f"{name}: {exc}")
                    break

    def wait_for(self, more: int, seconds: float = 60) -> None:
        """Until so many more writes are acknowledged."""
        wanted, deadline = len(self.journal) + more, time.monotonic() + seconds
        while len(self.journal) < wanted:
            assert time.monotonic() < deadline, f"{wanted - len(self.journal)} are missing"
            time.sleep(0.01)

    def stop(self) -> None:
        """Until all have finished what they were at."""
        self._over.set()
        for each in self._threads:
            each.join(60)
            assert not each.is_alive()


def check(catalog: Catalog, writers: Writers) -> None:
    """Hold the journal against the catalog: nothing is lost, nothing is there twice."""
    with catalog.read() as session:
        there = session.scalars(select(ProjectRow.name).where(ProjectRow.name.like("p%"))).all()
        made = session.scalar(select(func.count()).where(EventRow.name == "project.created"))
    lost = set(writers.journal) - set(there)
    assert not lost
    assert writers.refused == []
    assert len(there) == len(set(there))
    assert made == len(there) + 1  # and the default project


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., ServerProcess]]:
    made: list[ServerProcess] = []

    def start(*more: str) -> ServerProcess:
        made.append(ServerProcess(tmp_path / f"data-{len(made)}", *more))
        return made[-1]

    yield start
    for each in made:
        each.close()


def _kills(server: ServerProcess, times: int, between: int) -> None:
    writers = Writers(server.url, server.login())
    took: list[float] = []
    for _ in range(times):
        writers.wait_for(between)
        server.kill()
        # Not what it waits for a processor: this machine may do much else.
        took.append(server.start() - server.waited)
    writers.wait_for(between)
    writers.stop()
    catalog = Catalog.open(f"sqlite:///{server.data / 'catalog.sqlite'}")
    check(catalog, writers)
    catalog.close()
    assert max(took) < _RESTART, f"a restart took {max(took):.1f} s"
    print(
        f"{times} kills, {len(writers.journal)} acknowledged writes;"
        f" a restart took {median(took):.2f} s, {max(took):.2f} s at most"
    )


def test_five_kills_lose_nothing_and_double_nothing(started: Callable[..., ServerProcess]) -> None:
    _kills(started(), 5, 20)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_fifty_kills_lose_nothing_and_double_nothing(started: Callable[..., ServerProcess]) -> None:
    _kills(started(), 50, 50)


def test_a_worker_that_is_killed_is_begun_again(started: Callable[..., ServerProcess]) -> None:
    server = started("--workers", "2")
    writers = Writers(server.url, server.login())
    writers.wait_for(20)
    before = set(server.children())
    assert len(before) == 2
    os.kill(min(before), signal.SIGKILL)
    deadline = time.monotonic() + 10
    while len(set(server.children()) - before) != 1:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    writers.wait_for(20)
    writers.stop()
    catalog = Catalog.open(f"sqlite:///{server.data / 'catalog.sqlite'}")
    check(catalog, writers)
    catalog.close()


def test_children_end_with_a_parent_that_is_killed(started: Callable[..., ServerProcess]) -> None:
    server = started("--workers", "2")
    children = server.children()
    assert server.process is not None
    server.process.kill()
    server.process.wait(10)
    deadline = time.monotonic() + 15
    while any(Path(f"/proc/{pid}").exists() for pid in children):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    server.start()


def _outlive(started: Callable[..., ServerProcess], times: int) -> None:
    """Kill the database of a server while sixteen write; the server is left alone."""
    postgres, slowest = PostgresServer(fast=False), 0.0
    try:
        url = postgres.create()
        server = started("--catalog-url", url)
        writers = Writers(server.url, server.login())
        for _ in range(times):
            writers.wait_for(20)
            postgres.kill()
            postgres.start()
            began = time.monotonic()
            while not server.ready:
                assert time.monotonic() - began < _RECONNECT
                time.sleep(0.05)
            writers.wait_for(1, _RECONNECT)
            slowest = max(slowest, time.monotonic() - began)
        writers.wait_for(20)
        writers.stop()
        assert server.process is not None
        assert server.process.poll() is None
        catalog = Catalog.open(url)
        check(catalog, writers)
        catalog.close()
        server.close()
    finally:
        postgres.close()
    print(f"{times} kills, {len(writers.journal)} acknowledged writes, back after {slowest:.2f} s at most")


def test_a_server_outlives_its_database(started: Callable[..., ServerProcess]) -> None:
    _outlive(started, 2)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_server_outlives_twenty_ends_of_its_database(started: Callable[..., ServerProcess]) -> None:
    _outlive(started, 20)
