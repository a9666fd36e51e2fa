"""One row of ten thousand is spoiled: the others are listed and worked on, that one is told of (FAULTS 43)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.fault.server.crowd import FEW, MANY, PROJECT, Poison, fill, spoil

from starwhale.core.settings import Settings
from starwhale.server.app import create_app
from starwhale.server.services import Services
from starwhale.server.settings import ServerSettings

pytestmark = pytest.mark.fault
HERE = f"/projects/{PROJECT}"


CREATED, ENDED = "state = 'CREATED'", "state = 'SUCCESS'"
POISONS = [
    Poison("jobs", {"state": "DREAMING"}, CREATED),
    Poison("jobs", {"state": "DREAMING"}, ENDED),
    Poison("jobs", {"want": "fly"}, CREATED),
    Poison("jobs", {"plan": '{"steps": 3}'}, CREATED),
    Poison("jobs", {"plan": '{"steps'}, CREATED),
    Poison("jobs", {"plan": "3"}, CREATED),
    Poison("steps", {"state": "DREAMING"}),
    Poison("tasks", {"state": "DREAMING"}),
    Poison("job_events", {"subject": "planet"}),
    Poison("job_templates", {"blueprint": "{}"}),
    Poison("job_templates", {"blueprint": "{"}),
    Poison("job_templates", {"blueprint": '{"handler": "x", "modules": 3}'}),
    Poison("job_schedules", {"cron": "whenever"}),
    Poison("job_schedules", {"zone": "Mars/Base"}),
    Poison("members", {"role": "KING"}, "role = 'GUEST'"),
    Poison("invitations", {"role": "KING"}),
    Poison("tokens", {"scopes": '["fly:high"]'}, "name LIKE 'token%'"),
    Poison("tokens", {"scopes": '["fly'}, "name LIKE 'token%'"),
    Poison("tokens", {"scopes": "3"}, "name LIKE 'token%'"),
    Poison("webhooks", {"events": "3"}),
    Poison("webhooks", {"events": "["}),
    Poison("events", {"payload": "["}),
    Poison("events", {"payload": "3"}),
    Poison("versions", {"meta": "{"}, "seq > 0"),
    Poison("versions", {"meta": "3"}, "seq > 0"),
    Poison("versions", {"manifest": "f" * 64}, "seq > 0"),
    Poison("artifacts", {"kind": "potion"}, "name = 'gone1'"),
    Poison("documents", {"content": "{"}),
    Poison("documents", {"content": "3"}),
    Poison("pools", {"bounds": "{"}),
    Poison("pools", {"bounds": "3"}),
    Poison("pools", {"labels": "3"}),
]
#: How many things each list holds all the same; roles and kinds that nobody knows are left out.
LISTS = {
    f"{HERE}/jobs": MANY,
    f"{HERE}/templates": FEW,
    f"{HERE}/schedules": FEW,
    f"{HERE}/members": 1,
    "/projects": 2,
    f"{HERE}/invitations": FEW,
    "/me/tokens": FEW + 1,
    f"{HERE}/webhooks": FEW,
    f"{HERE}/datasets": MANY + FEW - 1,
    f"{HERE}/datasets/packages": FEW,
    f"{HERE}/trash": FEW - 1,
    f"{HERE}/views": FEW,
    "/pools": FEW + 1,
}


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
        whole = self._get(path)
        if isinstance(whole, list):
            return whole
        found, cursor = list[Any](), ""
        while True:
            page = self._get(path, size="1000", **({"cursor": cursor} if cursor else {}))
            found += page["items"]
            cursor = page["next"] or ""
            if not cursor:
                return found

    def _get(self, path: str, **query: str) -> Any:
        answer = self.client.get(f"/api/v1{path}", params=query)
        assert answer.status_code == 200, f"{path}: {answer.text}"
        return answer.json()


@pytest.fixture
def place(crowded: tuple[Path, str], tmp_path: Path) -> Iterator[Place]:
    root = tmp_path / "server"
    shutil.copytree(crowded[0], root)
    app = create_app(ServerSettings(store=Settings.at(root), user_rate=0), background=False)
    client = TestClient(app, base_url="http://localhost", raise_server_exceptions=False)
    client.headers["Authorization"] = f"Bearer {crowded[1]}"
    with client:
        yield Place(root, app, client)


def test_all_lists_hold_what_they_did(place: Place) -> None:
    events = {path: len(place.all(path)) for path in ("/events", f"{HERE}/events")}
    spoil(place.root, POISONS)
    found = {path: place.all(path) for path in {**LISTS, **events}}
    assert {path: len(items) for path, items in found.items()} == {**LISTS, **events}
    broken = [each for each in found[f"{HERE}/jobs"] if each["state"] == "UNKNOWN"]
    assert len(broken) == 6
    assert all(
        "this release knows no" in each["cause"] or "cannot be read" in each["cause"] for each in broken
    )
    assert sum(each["due"] is None for each in found[f"{HERE}/schedules"]) == 2
    assert [each["description"] for each in found["/pools"]].count("its bounds cannot be read") == FEW
