"""A server behind a real socket, in a thread of the test's own process."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from starwhale.core.actor import Actor
from starwhale.core.config import InstanceEntry, update_config
from starwhale.core.settings import Settings
from starwhale.instance.remote import RemoteInstance
from starwhale.server.app import create_app
from starwhale.server.services import Services
from starwhale.server.settings import ServerSettings
from starwhale.serving.running import bind, url_of

ROOT = Actor(name="root", admin=True)


@dataclass
class Served:
    """A running server.

    Attributes:
        url: Where it answers.
        app: Its application.
    """

    url: str
    app: FastAPI

    @property
    def services(self) -> Services:
        return self.app.state.services

    def token(self, user: str = "ada", *, admin: bool = False) -> str:
        """A new token of a user, who is made where he is missing."""
        users = self.services.users
        known = [each for each in users.list(ROOT, None, user).items if each.name == user]
        found = known[0] if known else users.add(ROOT, user, password=None, admin=admin)
        me = Actor(name=found.name, admin=found.admin, user=found.id)
        return self.services.tokens.create(me, "test", scopes=None, project="", expires_at=None)[1]

    def instance(
        self, home: Path, user: str = "ada", *, url: str = "", admin: bool = False
    ) -> RemoteInstance:
        """The server as a user's machine sees it."""
        token = self.token(user, admin=admin)
        return RemoteInstance("team", url or self.url, token=token, user=user, settings=Settings.at(home))

    def login(self, config: Path, user: str = "ada", *, project: str = "", url: str = "") -> None:
        """Write into a config.yaml that a user is logged in and works there."""
        entry = InstanceEntry(
            alias="team",
            uri=url or self.url,
            type="server",
            user_name=user,
            sw_token=self.token(user),
            current_project=project,
        )
        update_config(config, lambda known: known.with_instance(entry).selecting("team"))


@contextmanager
def served(store: Settings) -> Generator[Served]:
    """Run a server on a free port."""
    app = create_app(ServerSettings(store=store, port=0))
    listening = bind("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, backlog=128))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield Served(url_of(listening), app)
    finally:
        server.should_exit = True
        thread.join(30)
        listening.close()
