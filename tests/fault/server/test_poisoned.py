"""One row of ten thousand is spoiled: the others are listed and worked on, and that one is told of (FAULTS 43)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.fault.server.crowd import FEW, MANY, PROJECT, fill, spoil

from starwhale.core.settings import Settings
from starwhale.server.app import create_app
from starwhale.server.services import Services
from starwhale.server.settings import ServerSettings

pytestmark = pytest.mark.fault
HERE = f"/projects/{PROJECT}"


@dataclass(frozen=True)
class Poison:
    """One row that is spoiled, and the lists in which it stands.

    Attributes:
        table: Where the row is.
        values: What is written into it.
        lists: Paths, each with how many things are listed there.
        where: Which row.
    """

    table: str
    values: dict[str, Any]
    lists: dict[str, int]
    where: str = ""

    def __str__(self) -> str:
        return "-".join([self.table, *self.values, *map(str, self.values.values())])


JOBS = {f"{HERE}/jobs": MANY}
SCHEDULES = {f"{HERE}/schedules": FEW}
VERSIONS = {f"{HERE}/datasets": MANY + 2, f"{HERE}/datasets/packages": 3, "/projects": 2}
POISONS = [
    Poison("jobs", {"state": "DREAMING"}, JOBS, "WHERE state = 'CREATED'"),
    Poison("jobs", {"state": "DREAMING"}, JOBS, "WHERE state = 'SUCCESS'"),
    Poison("jobs", {"want": "fly"}, JOBS, "WHERE state = 'CREATED'"),
    Poison("jobs", {"plan": '{"steps": 3}'}, JOBS, "WHERE state = 'CREATED'"),
    Poison("jobs", {"plan": '{"steps'}, JOBS, "WHERE state = 'CREATED'"),
    Poison("jobs", {"plan": "3"}, JOBS, "WHERE state = 'CREATED'"),
    Poison("steps", {"state": "DREAMING"}, JOBS),
    Poison("tasks", {"state": "DREAMING"}, JOBS),
    Poison("job_events", {"subject": "planet"}, JOBS),
    Poison("job_templates", {"blueprint": "{}"}, {f"{HERE}/templates": FEW}),
    Poison("job_templates", {"blueprint": "{"}, {f"{HERE}/templates": FEW}),
    Poison("job_schedules", {"cron": "whenever"}, SCHEDULES),
    Poison("job_schedules", {"zone": "Mars/Base"}, SCHEDULES),
    Poison("members", {"role": "KING"}, {f"{HERE}/members": 2, "/projects": 2}),
    Poison("invitations", {"role": "KING"}, {f"{HERE}/invitations": FEW}),
    Poison("tokens", {"scopes": '["fly:high"]'}, {"/me/tokens": FEW + 1}),
    Poison("tokens", {"scopes": '["fly'}, {"/me/tokens": FEW + 1}),
    Poison("tokens", {"scopes": "3"}, {"/me/tokens": FEW + 1}),
    Poison("webhooks", {"events": "3"}, {f"{HERE}/webhooks": FEW}),
    Poison("webhooks", {"events": "["}, {f"{HERE}/webhooks": FEW}),
    Poison("events", {"payload": "["}, {f"{HERE}/events": 0, "/events": 0}),
    Poison("events", {"payload": "3"}, {f"{HERE}/events": 0, "/events": 0}),
    Poison("versions", {"meta": "{"}, VERSIONS, "WHERE seq > 0"),
    Poison("versions", {"meta": "3"}, VERSIONS, "WHERE seq > 0"),
    Poison("artifacts", {"kind": "potion"}, {f"{HERE}/trash": FEW, "/projects": 2}, "WHERE name = 'gone1'"),
    Poison("documents", {"content": "{"}, {f"{HERE}/views": FEW}),
    Poison("documents", {"content": "3"}, {f"{HERE}/views": FEW}),
    Poison("pools", {"bounds": "{"}, {"/pools": FEW + 1}),
    Poison("pools", {"bounds": "3"}, {"/pools": FEW + 1}),
]


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> tuple[Path, str]:
    """A store that is filled once, and the token of its administrator."""
    root = tmp_path_factory.mktemp("crowded") / "server"
    root.mkdir()
    shutil.copy(sqlite_template, root / "catalog.sqlite")
    house = Services(Settings.at(root))
    token = fill(house)
    house.close()
    return root, token


@dataclass
class Place:
    root: Path
    app: FastAPI
    client: TestClient
    house: Services = field(init=False)

    def __post_init__(self) -> None:
        self.house = self.app.state.services

    def all(self, path: str) -> list[Any]:
        """Everything that a list holds, page by page."""
        found: list[Any] = []
        cursor = ""
        while True:
            query = {"size": 1000, **({"cursor": cursor} if cursor else {})}
            answer = self.client.get(f"/api/v1{path}", params=query)
            assert answer.status_code == 200, f"{path}: {answer.text}"
            page = answer.json()
            if isinstance(page, list):
                return page
            found += page["items"]
            cursor = page.get("next") or ""
            if not cursor:
                return found


@pytest.fixture
def place(crowded: tuple[Path, str], tmp_path: Path) -> Iterator[Place]:
    root = tmp_path / "server"
    shutil.copytree(crowded[0], root)
    app = create_app(ServerSettings(store=Settings.at(root), user_rate=0), background=False)
    client = TestClient(app, base_url="http://localhost", raise_server_exceptions=False)
    client.headers["Authorization"] = f"Bearer {crowded[1]}"
    with client:
        yield Place(root, app, client)


@pytest.mark.parametrize("poison", POISONS, ids=str)
def test_the_others_are_listed(place: Place, poison: Poison) -> None:
    spoil(place.root, poison.table, poison.values, poison.where)
    for path, count in poison.lists.items():
        found = place.all(path)
        assert len(found) >= count, path
