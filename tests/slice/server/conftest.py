"""A server of its own for each test: the real application over a real store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from starwhale.accounts.schemas import UserRead
from starwhale.core.actor import Actor
from starwhale.core.settings import Settings
from starwhale.server.app import create_app
from starwhale.server.services import Services
from starwhale.server.settings import ServerSettings

HOME = "http://localhost"
ROOT = Actor(name="root", admin=True)
ClientOf = Callable[..., TestClient]


@pytest.fixture
def server_settings(make_store: Callable[[Path], Settings], tmp_path: Path) -> ServerSettings:
    """Of a server whose store is empty, its catalog made already."""
    return ServerSettings(store=make_store(tmp_path / "server"))


@pytest.fixture
def server_app(server_settings: ServerSettings) -> Iterator[FastAPI]:
    """The application."""
    app = create_app(server_settings)
    yield app
    app.state.services.close()


@pytest.fixture
def services(server_app: FastAPI) -> Services:
    """The services behind it."""
    return server_app.state.services


@pytest.fixture
def client_of(server_app: FastAPI) -> Iterator[ClientOf]:
    """Makes clients: ``client_of("ada")`` has an account of that name, made where it is missing, and shows a
    token of it; ``client_of("")`` is nobody. ``admin=True`` makes an administrator."""
    opened: list[TestClient] = []

    def make(user: str, *, admin: bool = False) -> TestClient:
        client = TestClient(server_app, base_url=HOME, raise_server_exceptions=False)
        opened.append(client)
        if user:
            client.headers["Authorization"] = f"Bearer {token_of(server_app.state.services, user, admin)}"
        return client

    yield make
    for each in opened:
        each.close()


@pytest.fixture
def admin(client_of: ClientOf) -> TestClient:
    """A client of an administrator."""
    return client_of("admin", admin=True)


def token_of(services: Services, user: str, admin: bool = False) -> str:
    """A new token of a user, who is made where he is missing."""
    found = user_of(services, user, admin)
    me = Actor(name=found.name, admin=found.admin, user=found.id)
    return services.tokens.create(me, "test", scopes=None, project="", expires_at=None)[1]


def user_of(services: Services, user: str, admin: bool = False) -> UserRead:
    """A user, made where he is missing."""
    page = services.users.list(ROOT, None, user)
    known = [each for each in page.items if each.name == user]
    return known[0] if known else services.users.add(ROOT, user, password=None, admin=admin)
