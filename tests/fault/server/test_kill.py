"""A server is killed while sixteen write: what it has acknowledged is there, once."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import median

import pytest
from tests.fault.server.server_process import ServerProcess
from tests.fault.server.writing import NOBODY_RUNS, Writers, catalog_of, check
from tests.pace import slowness
from tests.postgres import PostgresServer
from tests.stores import BACKENDS, stores_of

pytestmark = pytest.mark.fault
# Seconds within which a server that was killed answers again, and one whose database is back writes again.
_RESTART = 5.0
_RECONNECT = 10.0


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., ServerProcess]]:
    made: list[ServerProcess] = []

    def start(*more: str, env: Mapping[str, str] | None = None) -> ServerProcess:
        made.append(ServerProcess(tmp_path / f"data-{len(made)}", *more, env={**NOBODY_RUNS, **(env or {})}))
        return made[-1]

    yield start
    for each in made:
        each.close()


def _kills(server: ServerProcess, catalog_url: str, times: int, between: int) -> None:
    writers = Writers(server)
    took: list[float] = []
    for _ in range(times):
        writers.wait_for(between)
        server.kill()
        # Not what it waits for a processor: this machine may do much else.
        took.append(server.start() - server.waited)
    writers.wait_for(between)
    writers.stop()
    check(catalog_url, writers)
    print(f"{times} kills, {writers.journal}; a restart took {median(took):.2f} s, {max(took):.2f} s at most")
    assert max(took) < _RESTART * slowness(), f"a restart took {max(took):.1f} s"


def test_three_kills_lose_nothing_and_double_nothing(started: Callable[..., ServerProcess]) -> None:
    server = started()
    _kills(server, catalog_of(server.data), 3, 30)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("backend", BACKENDS)
def test_fifty_kills_lose_nothing_and_double_nothing(
    request: pytest.FixtureRequest, backend: str, started: Callable[..., ServerProcess], tmp_path: Path
) -> None:
    stores = stores_of(request, backend)
    store = stores.make(tmp_path / "store")
    words = ("--catalog-url", store.catalog_url, "--objects-url", store.objects_url)
    _kills(started(*words, env=stores.environment), store.catalog_url, 50, 50)


def test_a_worker_that_is_killed_is_begun_again(started: Callable[..., ServerProcess]) -> None:
    server = started("--workers", "2")
    writers = Writers(server)
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
    check(catalog_of(server.data), writers)


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
        writers = Writers(server)
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
        check(url, writers)
        server.close()
    finally:
        postgres.close()
    print(f"{times} kills, {writers.journal}, back after {slowest:.2f} s at most")


def test_a_server_outlives_its_database(started: Callable[..., ServerProcess]) -> None:
    _outlive(started, 2)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_server_outlives_twenty_ends_of_its_database(started: Callable[..., ServerProcess]) -> None:
    _outlive(started, 20)
