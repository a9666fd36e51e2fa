"""Servers for the contract.

`house`, `team` and `pair` are whole servers that many tests share. What the modules take over from
`tests/slice/server`, one application for each test, runs on PostgreSQL and S3 here: it runs on a file and a
directory there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contract.server.houses import BACKENDS, House, Team, on_postgresql, on_sqlite
from tests.contract.storage.s3 import S3Server
from tests.postgres import PostgresServer
from tests.slice.server.browse.conftest import ada, make_dataset, make_files
from tests.slice.server.conftest import admin, client_of, server_app, services

from starwhale.server.settings import ServerSettings

__all__ = ["ada", "admin", "client_of", "make_dataset", "make_files", "server_app", "services"]


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """One server for all tests of this process."""
    server = S3Server()
    yield server
    server.close()


@pytest.fixture(scope="session", params=BACKENDS)
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server that runs jobs, delivers webhooks and streams events; once on each kind of store."""
    place = tmp_path_factory.mktemp("house")
    if request.param == BACKENDS[0]:
        made = on_sqlite(place, request.getfixturevalue("sqlite_template"))
    else:
        made = _on_postgresql(request, place)
    made.open(executor="local")
    made.check()
    yield made
    made.close()


@pytest.fixture(scope="session")
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Two servers on one PostgreSQL and one S3, in two processes; the first alone runs jobs."""
    made = _on_postgresql(request, tmp_path_factory.mktemp("pair"))
    made.open(executor="local")
    made.run()
    made.check()
    yield made
    made.close()


@pytest.fixture
def team(house: House) -> Team:
    """A project and people of this test alone."""
    return Team(house)


@pytest.fixture
def both(pair: House) -> Team:
    """The same, on two servers."""
    return Team(pair)


def _on_postgresql(request: pytest.FixtureRequest, place: Path) -> House:
    parts = (request.getfixturevalue(name) for name in ("postgres_server", "postgres_template", "s3_server"))
    return on_postgresql(place, *parts)


@pytest.fixture
def server_settings(
    postgres_server: PostgresServer,
    postgres_template: str,
    s3_server: S3Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[ServerSettings]:
    """Of a server whose catalog and whose bytes lie elsewhere."""
    made = on_postgresql(tmp_path, postgres_server, postgres_template, s3_server)
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    store = made.store()
    yield ServerSettings(store=store)
    postgres_server.drop(store.catalog_url)
