"""Whole servers for the contract: the real application behind a socket, over one kind of store or the other.

A house is started once and used by many tests, which keep apart by the names of their projects and users.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import Any

from sqlalchemy import text
from tests.contract.server.processes import Caller, Process, Program
from tests.discovered import discover_once
from tests.slice.server.conftest import token_of
from tests.stores import Stores, told_in_environment

from starwhale.core.settings import Settings
from starwhale.models.builder import BuildRequest
from starwhale.server.services import Services
from starwhale.server.settings import ServerSettings

_NUMBER = itertools.count(1)


class House:
    """A catalog and a store of bytes, with as many servers on them as are asked for.

    Args:
        place: Empty directory; each server has one of its own in it.
        stores: Of the kind that it is about.
    """

    def __init__(self, place: Path, stores: Stores) -> None:
        self.backend = stores.backend
        self.environment = stores.environment
        self._place = place
        self._store = stores.make(place / "server-0")
        self.processes: list[Process | Program] = []
        self._callers: list[Caller] = []

    def open(self, **changed: Any) -> Process:
        """Start one more server, in this process."""
        told = {"anonymous_rate": 0, "user_rate": 0, "webhooks_to_private": True, "executor": "none"}
        made = Process(ServerSettings.model_validate({"store": self.store(), **told, **changed}))
        self.processes.append(made)
        with told_in_environment(self.environment):
            # Opened here, where the environment says how: afterwards it does not.
            assert made.services.blobs
        made.start()
        return made

    def run(self) -> Program:
        """Start one more server, as a program of its own that runs no jobs."""
        store = self.store()
        told = {"executor": "none", "webhooks_to_private": "true", "anonymous_rate": "0", "user_rate": "0"}
        variables = {f"SW_SERVER_{name.upper()}": value for name, value in told.items()}
        made = Program(store, {**self.environment, **variables})
        self.processes.append(made)
        made.start()
        return made

    def store(self) -> Settings:
        """A store for one more server."""
        root = self._place / f"server-{len(self.processes)}"
        root.mkdir(exist_ok=True)
        known = self._store
        return replace(Settings.at(root), catalog_url=known.catalog_url, objects_url=known.objects_url)

    @property
    def first(self) -> Process:
        """The server that was started first."""
        made = self.processes[0]
        assert isinstance(made, Process)
        return made

    @property
    def services(self) -> Services:
        return self.first.services

    def caller(self, user: str = "", *, admin: bool = False, at: int = 0) -> Caller:
        """Somebody with an account, made where it is missing; nobody where `user` is empty."""
        token = token_of(self.services, user, admin) if user else ""
        return self.with_token(token, at=at)

    def with_token(self, token: str, *, at: int = 0) -> Caller:
        """Whoever holds a token."""
        made = Caller(self.processes[at].url, token)
        self._callers.append(made)
        return made

    def check(self) -> None:
        """See that the stores are what the backend is called after, whatever the settings say."""
        house, (database, bytes_) = self.services, self.backend.split("+")
        with house.catalog.connect() as connection:
            version = "SELECT sqlite_version()" if database == "sqlite" else "SHOW server_version"
            assert str(connection.scalar(text(version)))[0].isdigit()
        assert house.catalog.dialect == database
        local = house.blobs.objects.path("x")
        assert (local is None) == (bytes_ == "s3")

    def close(self) -> None:
        for caller in self._callers:
            caller.close()
        for process in self.processes:
            process.stop()


class Team:
    """A project of its own for one test, and people who have to do with it.

    Attributes:
        name: Of the project.
        owner: Who made it.
    """

    def __init__(self, house: House) -> None:
        self.house = house
        self.number = next(_NUMBER)
        self.name = f"vision-{self.number}"
        self.owner = self.person("ada")
        self.owner.done("POST", "/projects", 201, json={"name": self.name})

    @property
    def path(self) -> str:
        """Of the project, for requests."""
        return f"/projects/{self.name}"

    def user(self, name: str) -> str:
        """The name under which somebody is known here."""
        return f"{name}-{self.number}"

    def person(self, name: str, *, at: int = 0) -> Caller:
        """Somebody who belongs to this test alone."""
        return self.house.caller(self.user(name), at=at)

    def member(self, name: str, role: str) -> Caller:
        """The same, as a member of the project."""
        made = self.person(name)
        self.owner.done("PUT", f"{self.path}/members/{self.user(name)}", json={"role": role})
        return made

    def fill(self, job: str, rows: Sequence[tuple[Any, Mapping[str, Any]]], table: str = "results") -> str:
        """Write rows of an evaluation over HTTP; the name of its table."""
        path = f"evaluation/{job}/{table}"
        told = [{"id": key, "values": dict(values)} for key, values in rows]
        self.owner.done("POST", f"{self.path}/tables/rows", json={"table": path, "rows": told})
        return path

    def stock(self, place: Path, code: str, rows: int) -> None:
        """Put the model ``m`` and the dataset ``d`` into the project."""
        place.mkdir(parents=True)
        (place / "code_of_user.py").write_text(dedent(code))
        house = self.house.services
        request = BuildRequest(workdir=place, name="m", modules=("code_of_user",))
        house.models.build(house.actor, self.name, request, discover=discover_once)
        writer = house.datasets.writer(house.actor, self.name, "d", None)
        for row in range(rows):
            writer.put(row, {"x": row})
        writer.commit()
        writer.close()
