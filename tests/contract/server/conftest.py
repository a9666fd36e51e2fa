"""Servers for the contract.

`house`, `team` and `pair` are whole servers that many tests share. What the modules take over from
`tests/slice/server`, one application for each test, runs on PostgreSQL and S3 here: it runs on a file and a
directory there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contract.server.houses import House, Team
from tests.slice.server.browse.conftest import ada, make_dataset, make_files
from tests.slice.server.conftest import admin, client_of, server_app, services
from tests.stores import BACKENDS, Stores, stores_of, told_in_environment

from starwhale.server.settings import ServerSettings

__all__ = ["ada", "admin", "client_of", "make_dataset", "make_files", "server_app", "services"]


@pytest.fixture(scope="session")
def far_stores(request: pytest.FixtureRequest) -> Stores:
    """Stores in PostgreSQL and S3."""
    return stores_of(request, BACKENDS[1])


@pytest.fixture(scope="session", params=BACKENDS)
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server that runs jobs, delivers webhooks and streams events; once on each kind of store."""
    made = House(tmp_path_factory.mktemp("house"), stores_of(request, request.param))
    made.open(executor="local")
    made.check()
    yield made
    made.close()


@pytest.fixture(scope="session")
def pair(far_stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Two servers on one PostgreSQL and one S3, in two processes; the first alone runs jobs."""
    made = House(tmp_path_factory.mktemp("pair"), far_stores)
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


@pytest.fixture
def server_settings(far_stores: Stores, tmp_path: Path) -> Iterator[ServerSettings]:
    """Of a server whose catalog and whose bytes lie elsewhere."""
    store = far_stores.make(tmp_path / "server")
    with told_in_environment(far_stores.environment):
        yield ServerSettings(store=store)
    far_stores.drop(store)
