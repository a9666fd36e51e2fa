"""One server behind a real socket for all tests of a run; each test has users and projects of its own."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.remote_server import Served, served
from tests.stores import Stores
from tests.terminal import terminal

from starwhale.api.session import at
from starwhale.instance.local import LocalInstance
from starwhale.instance.remote import RemoteInstance

__all__ = ["terminal"]


@pytest.fixture(scope="session")
def server(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The server."""
    with served(stores.make(tmp_path_factory.mktemp("served") / "server")) as running:
        yield running


@pytest.fixture
def user() -> str:
    """Somebody who has nothing yet."""
    return f"ada-{secrets.token_hex(4)}"


@pytest.fixture
def team(server: Served, user: str, tmp_path: Path) -> Iterator[RemoteInstance]:
    """The server as the machine of `user` sees it."""
    with server.instance(tmp_path / "client", user) as instance:
        yield instance


@pytest.fixture
def project(team: RemoteInstance) -> str:
    """A project of his on the server."""
    return team.projects.create(team.actor, f"p-{secrets.token_hex(4)}").name


@pytest.fixture
def mine(tmp_path: Path) -> Iterator[LocalInstance]:
    """A standalone store."""
    from starwhale.core.settings import Settings

    with LocalInstance(Settings.at(tmp_path / "mine")) as instance:
        yield instance


@pytest.fixture
def here(
    server: Served, user: str, project: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LocalInstance]:
    """What the SDK speaks to where addresses name nothing else: the server."""
    monkeypatch.setenv("SW_LOCAL_STORAGE", str(tmp_path / "store"))
    monkeypatch.setenv("SW_CLI_CONFIG", str(tmp_path / "config.yaml"))
    server.login(tmp_path / "config.yaml", user, project=project)
    instance = at("team")
    yield instance
    instance.close()
