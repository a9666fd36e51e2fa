"""One row of ten thousand is spoiled: the others are listed and worked on, it is told of (FAULTS 43)."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response
from sqlalchemy import select, update
from starlette.testclient import TestClient
from tests.fault.server.crowd import FEW, MANY, PROJECT, ROOT, WAITING, Poison, fill, spoil
from tests.slice.server.operations.conftest import receiving

from starwhale.catalog.horizon import Horizon
from starwhale.catalog.outbox import emit
from starwhale.catalog.tables.artifacts import VersionRow
from starwhale.catalog.tables.events import EventRow
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.catalog.tables.templates import JobScheduleRow
from starwhale.core.errors import StarwhaleError
from starwhale.core.settings import Settings
from starwhale.jobs.hosts import Host
from starwhale.kit.times import utc_now
from starwhale.server.app import create_app
from starwhale.server.attendant import Attendant, Means
from starwhale.server.firing import fire_schedules
from starwhale.server.machine import capacity_of
from starwhale.server.services import Services
from starwhale.server.settings import ServerSettings
from starwhale.webhooks.courier import Courier
from starwhale.webhooks.sending import Sender

pytestmark = pytest.mark.fault
HERE = f"/projects/{PROJECT}"


OF_IT = f"project_id = (SELECT id FROM projects WHERE name = '{PROJECT}')"
CREATED, ENDED = "state = 'CREATED'", "state = 'SUCCESS'"
POISONS = [
    Poison("jobs", {"state": "DREAMING"}, CREATED),
    Poison("jobs", {"state": "DREAMING"}, ENDED),
    Poison("jobs", {"want": "fly"}, CREATED),
    Poison("jobs", {"plan": '{"steps": 3}'}, CREATED),
    Poison("jobs", {"plan": '{"steps'}, CREATED),
    Poison("jobs", {"plan": "3"}, CREATED),
    Poison("steps", {"state": "DREAMING"}, "rowid = (SELECT min(rowid) FROM steps)"),
    Poison("tasks", {"state": "DREAMING"}, "rowid = (SELECT min(rowid) + 1 FROM tasks)"),
    Poison("job_events", {"subject": "planet"}),
    Poison("job_templates", {"blueprint": "{}"}),
    Poison("job_templates", {"blueprint": "{"}),
    Poison("job_templates", {"blueprint": '{"handler": "x", "modules": 3}'}),
    Poison("job_schedules", {"cron": "whenever"}),
    Poison("job_schedules", {"zone": "Mars/Base"}),
    Poison("members", {"role": "KING"}, f"role = 'GUEST' AND {OF_IT}"),
    Poison("invitations", {"role": "KING"}),
    Poison("tokens", {"scopes": '["fly:high"]'}, "name LIKE 'token%'"),
    Poison("tokens", {"scopes": '["fly'}, "name LIKE 'token%'"),
    Poison("tokens", {"scopes": "true"}, "name LIKE 'token%'"),
    Poison("webhooks", {"events": "3"}),
    Poison("webhooks", {"events": "true"}),
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
    "/projects": 3,
    f"{HERE}/invitations": FEW,
    "/me/tokens": FEW + 1,
    f"{HERE}/webhooks": FEW,
    f"{HERE}/datasets": MANY + FEW - 1,
    f"{HERE}/datasets/packages": 2 * FEW - 1,
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

    def page(self, path: str) -> list[Any]:
        """The first things of a list: of jobs, those that wait and are pinned."""
        return self._get(path, size=str(WAITING + 1))["items"]

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
    causes = [each["cause"] for each in found[f"{HERE}/jobs"] if each["state"] == "UNKNOWN"]
    assert len(causes) == 6
    assert all("this release knows no" in cause or "cannot be read" in cause for cause in causes)
    assert sum(each["due"] is None for each in found[f"{HERE}/schedules"]) == 2
    assert [each["description"] for each in found["/pools"]].count("its bounds cannot be read") == 2


def is_foreseen(answer: Response) -> bool:
    """Whether a request was answered, or refused with a sentence of ours."""
    return answer.status_code < 400 or answer.json()["code"] != "internal"


def test_the_rest_of_the_server_goes_on(place: Place) -> None:
    """Whatever is asked about what is spoiled has an answer that says so."""
    numbers = spoil(place.root, POISONS)
    with place.house.catalog.read() as session:
        versions = {row.id: row for row in session.scalars(select(VersionRow).where(VersionRow.seq > 0))}
    spoiled = [versions[numbers[at]].version for at, each in enumerate(POISONS) if each.table == "versions"]
    for version in spoiled:
        base = f"/api/v1{HERE}/datasets/d0/versions/{version}"
        for path in ("", "/summary", "/rows", "/statistics"):
            assert is_foreseen(place.client.get(base + path))
    whole = next(row.version for row in versions.values() if row.version not in spoiled)
    assert len(place.client.get(f"/api/v1{HERE}/datasets/d0/versions/{whole}/rows").json()["items"]) == 1
    for job in (each["id"] for each in place.page(f"{HERE}/jobs")):
        for path in ("", "/events", "/logs", "/logs/0.0"):
            assert is_foreseen(place.client.get(f"/api/v1{HERE}/jobs/{job}{path}"))
    for each in place.all(f"{HERE}/templates"):
        answer = place.client.post(f"/api/v1{HERE}/templates/{each['name']}/jobs", json={})
        assert answer.status_code >= 400
        assert is_foreseen(answer)
    with pytest.raises(StarwhaleError):  # what cannot be read may be what keeps bytes: nothing is collected
        place.house.collection.run(ROOT)


def test_what_waits_in_the_queue_is_begun_once(place: Place) -> None:
    numbers = spoil(place.root, POISONS)
    ids = {"jobs": "id", "steps": "job_id", "tasks": "job_id"}
    queries = [
        (f"SELECT {ids[each.table]} FROM {each.table} WHERE rowid = ?", numbers[at])
        for at, each in enumerate(POISONS)
        if each.table in ids
    ]
    with closing(sqlite3.connect(place.root / "catalog.sqlite")) as catalog:
        spoiled = {catalog.execute(query, (row,)).fetchone()[0] for query, row in queries}
    attendant = Attendant(
        place.house, Means(url="http://127.0.0.1:9", most=100, host=Host(capacity=capacity_of({})))
    )
    queue = place.house.job_queue
    waiting = {uri.job for uri, _ in queue.waiting()}
    assert len(waiting & spoiled) >= 5  # whoever is in a state that nobody knows does not wait
    before = {each["id"]: each for each in place.page(f"{HERE}/jobs")}
    unreadable = {each for each in waiting if before[each]["state"] == "UNKNOWN"}
    assert len(unreadable) == 4
    for uri, lost in queue.waiting():
        attendant._run(uri, lost)  # pyright: ignore[reportPrivateUsage]
    assert not queue.waiting()
    jobs = {each["id"]: each for each in place.page(f"{HERE}/jobs")}
    assert {jobs[each]["state"] for each in waiting} <= {"FAIL", "UNKNOWN"}
    assert all(jobs[each]["cause"] for each in waiting)
    for each in unreadable:  # it is not tried at all, and why is told once, and in its history
        cause = before[each]["cause"]
        assert jobs[each]["cause"] == cause
        history = place.all(f"{HERE}/jobs/{each}/events")
        assert [(event["new"], event["cause"]) for event in history] == [("FAIL", cause)]


def test_schedules_that_are_due_are_fired_beside_one_that_cannot_be(place: Place) -> None:
    spoil(place.root, [each for each in POISONS if each.table in {"job_schedules", "job_templates"}])
    with place.house.catalog.begin() as session:
        session.execute(update(JobScheduleRow).values(fired=utc_now() - timedelta(days=2)))
    fire_schedules(place.house)
    with place.house.catalog.read() as session:
        names = session.scalars(select(EventRow.name).where(EventRow.name.like("schedule.%"))).all()
    assert Counter(names) == {"schedule.added": FEW, "schedule.missed": 1}


def test_events_are_delivered_beside_those_that_cannot_be_read(place: Place) -> None:
    with receiving() as receiver:
        hooks = place.house.webhooks(private=True)
        hooks.create(ROOT, PROJECT, receiver.url, events=["table.*"])
        with place.house.catalog.begin() as session:
            number = session.scalar(select(ProjectRow.id).where(ProjectRow.name == PROJECT))
            for _ in range(FEW):
                emit(session, ROOT, "table.changed", {"x": 1}, project=number)
        others = "url LIKE '%hook-%'"
        hooks_and_events = [
            Poison(each.table, each.values, others if each.table == "webhooks" else "1")
            for each in POISONS
            if each.table in {"webhooks", "events"}
        ]
        spoil(place.root, hooks_and_events)
        courier = Courier(place.house.catalog, Sender(private=True, seconds=1.0))

        async def work() -> None:
            horizon = Horizon(place.house.catalog)
            while await courier.round(horizon):
                await courier.finish()

        asyncio.run(work())
    got = [json.loads(body)["payload"] for _, body in receiver.got]
    assert len(got) == FEW
    assert sorted("unreadable" in each for each in got) == [False, True, True]
