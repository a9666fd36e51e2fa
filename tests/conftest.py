"""Fixtures that all tests share. Whatever touches the catalog runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import gc
import os
import shutil
import signal
from typing import TYPE_CHECKING

import pytest
from tests.postgres import PostgresServer
from tests.stores import BACKENDS, Stores, stores_of, told_in_environment

from starwhale.catalog.engine import Catalog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.contract.storage.s3 import S3Server

    from starwhale.core.settings import Settings

DATABASES = ("sqlite", "postgresql")


@pytest.hookimpl(optionalhook=True)
def pytest_collection_finish() -> None:
    """What was collected stays to the end: no garbage is looked for in it, and less often in what lasts."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(700, 10, 50)


@pytest.fixture(scope="session", autouse=True)
def _interruptible() -> None:  # pyright: ignore[reportUnusedFunction]  (pytest uses it)
    """What tests start can be interrupted, also where a shell had them ignore it by running them aside."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One server for all tests of this process; started by the first test that asks for it."""
    server = PostgresServer()
    yield server
    server.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty catalog in a file, migrated once."""
    path = tmp_path_factory.mktemp("template") / "catalog.sqlite"
    Catalog.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """Name of an empty catalog in the server, migrated once."""
    name = "starwhale_template"
    Catalog.open(postgres_server.create(name=name)).close()
    return name


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """One server for all tests of this process; started by the first test that asks for it."""
    from tests.contract.storage.s3 import S3Server  # takes a second to import

    server = S3Server()
    yield server
    server.close()


@pytest.fixture(scope="session")
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    """Makes stores of servers, of the kind that STARWHALE_TEST_SERVER names: ``postgresql+s3``, or a file and
    a directory. What they need to know is in the environment meanwhile."""
    made = stores_of(request, os.environ.get("STARWHALE_TEST_SERVER") or BACKENDS[0])
    with told_in_environment(made.environment):
        yield made


@pytest.fixture
def make_store(stores: Stores) -> Iterator[Callable[[Path], Settings]]:
    """Makes stores that are needed for one test only."""
    made: list[Settings] = []

    def make(root: Path) -> Settings:
        made.append(stores.make(root))
        return made[-1]

    yield make
    for each in made:
        stores.drop(each)


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    """Which database this run of the test is about."""
    return request.param


@pytest.fixture
def catalog_urls(
    database: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[[bool], str]]:
    """Makes databases: ``catalog_urls(True)`` an empty catalog, ``catalog_urls(False)`` without tables."""
    made: list[str] = []
    server = request.getfixturevalue("postgres_server") if database == "postgresql" else None

    def make(migrated: bool) -> str:
        if server is not None:
            template = request.getfixturevalue("postgres_template") if migrated else None
            made.append(server.create(template=template))
        else:
            path = tmp_path / f"catalog-{len(made)}" / "catalog.sqlite"
            path.parent.mkdir()
            if migrated:
                shutil.copy(request.getfixturevalue("sqlite_template"), path)
            made.append(f"sqlite:///{path}")
        return made[-1]

    yield make
    if server is not None:
        for url in made:
            server.drop(url)


@pytest.fixture
def catalog_url(catalog_urls: Callable[[bool], str]) -> str:
    """URL of an empty catalog that is up to date; other processes may open it too."""
    return catalog_urls(True)


@pytest.fixture
def bare_url(catalog_urls: Callable[[bool], str]) -> str:
    """URL of a database without any table."""
    return catalog_urls(False)


@pytest.fixture
def catalog(catalog_url: str) -> Iterator[Catalog]:
    """An open, empty catalog."""
    opened = Catalog.open(catalog_url)
    yield opened
    opened.close()
