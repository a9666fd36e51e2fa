"""The door for workers: each within its own job, nothing counted twice, nothing for whoever is late."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from tests.slice.server.conftest import ClientOf, token_of
from tests.slice.server.jobs.conftest import Live

from starwhale.core.errors import Unauthorized, Unavailable
from starwhale.core.uri import JobUri
from starwhale.evaluations.results import ResultStore
from starwhale.jobs.blueprint import Blueprint
from starwhale.jobs.catalog_ledger import CatalogLedger
from starwhale.jobs.events import Change
from starwhale.jobs.orders import OrderService
from starwhale.jobs.passes import LASTS
from starwhale.jobs.schemas import JobRead
from starwhale.jobs.states import StepState, Subject, TaskState
from starwhale.kit.process import this_process
from starwhale.kit.times import utc_now
from starwhale.server.firing import fire_schedules
from starwhale.server.json_bodies import MOST_NESTED_OF_ROWS, MOST_OF_ROWS
from starwhale.server.services import Services

WORK = "/api/v1/work"


class Desk:
    """A job that this process has taken, and the door as its worker sees it."""

    def __init__(self, house: Services, client: TestClient, results: str = "") -> None:
        self.house, self.client = house, client
        owner = house.work.passes.owner("admin")
        blueprint = Blueprint(model="m", handler="code_of_user:predict", datasets=("d",), log_project=results)
        self.job = house.orders.place(owner, "self", blueprint)
        ledger: CatalogLedger = house.ledger
        self.epoch = ledger.adopt(self.job.id, this_process(), utc_now()).epoch
        step = (Subject.STEP, "0", StepState.CREATED, StepState.RUNNING)
        ready = (Subject.TASK, "0.0", TaskState.CREATED, TaskState.READY)
        begun = (Subject.TASK, "0.0", TaskState.READY, TaskState.ASSIGNING)
        changes = [
            Change(subject=subject, name=name, old=old, new=new, attempt=1)
            for subject, name, old, new in (step, ready, begun)
        ]
        ledger.store(self.job.id, self.epoch, changes, utc_now())
        self.token = house.work.passes.issue(house.jobs.info(owner, house.jobs.uri(self.job)))
        client.headers["Authorization"] = f"Bearer {self.token}"
        self.holder = {"job": self.job.id, "epoch": self.epoch, "step": 0, "task": "0.0", "attempt": 1}

    def lease(self) -> dict[str, Any]:
        answer = self.client.post(f"{WORK}/lease", json=self.holder)
        assert answer.status_code == 200, answer.text
        return answer.json()["lease"]

    def report(self, rows: dict[str, Any], settled: dict[str, Any] | None, **more: Any) -> Any:
        message = {
            "sender": "a" * 32,
            "sequence": 1,
            "epoch": self.epoch,
            "tables": {"results": [[key, cells] for key, cells in rows.items()]},
            "summary": {},
            "settled": settled,
            **more,
        }
        import orjson

        headers = {"Content-Type": "application/octet-stream"}
        return self.client.post(f"{WORK}/results", content=orjson.dumps(message), headers=headers)

    def done(self) -> int:
        return self.house.jobs.info(self.house.actor, self.house.jobs.uri(self.job)).done

    def rows(self) -> dict[Any, Any]:
        results = ResultStore(self.house.tables, project="self", job=self.job.id)
        return {row.pop("id"): row for row in results.scan("results")}


@pytest.fixture
def desk(services: Services, client_of: ClientOf, tmp_path: Path) -> Iterator[Desk]:
    services.users.ensure_administrator()
    Live(app=client_of("").app, url="", settings=None).stock(tmp_path / "code")  # type: ignore[arg-type]
    yield Desk(services, client_of(""))
    services.work.close()


def test_what_is_sent_twice_counts_once(desk: Desk) -> None:
    lease = desk.lease()
    assert desk.lease() == lease, "an answer that was lost is given again"
    progress = {"lease": lease, "upto": 1, "rows": 1, "failed": 0}
    for _ in range(2):
        assert desk.report({"d/0": {"output": 1}}, progress).status_code == 204
    assert desk.done() == 1
    assert desk.rows() == {"d/0": {"output": 1}}
    rest = {"lease": lease, "upto": None, "rows": lease["rows"] - 1, "failed": 0}
    for _ in range(2):
        assert desk.report({"d/1": {"output": 2}}, rest, sequence=2).status_code == 204
    assert desk.done() == lease["rows"]
    assert desk.lease()["range"] != lease["range"]


def test_results_of_a_lease_that_was_taken_back_are_not_seen(desk: Desk) -> None:
    lease = desk.lease()
    assert desk.client.post(f"{WORK}/give-back", json=lease).status_code == 204
    late = desk.report({"d/0": {"output": 1}}, {"lease": lease, "upto": None, "rows": 1, "failed": 0})
    assert (late.status_code, late.json()["code"]) == (409, "fenced")
    assert (desk.done(), desk.rows()) == (0, {})
    assert desk.client.post(f"{WORK}/prolong", json=lease).json()["code"] == "fenced"


def test_a_worker_of_a_scheduler_that_is_gone_is_refused(desk: Desk) -> None:
    desk.house.ledger.adopt(desk.job.id, this_process(), utc_now(), force=True)
    assert desk.client.post(f"{WORK}/lease", json=desk.holder).json()["code"] == "fenced"
    assert desk.report({"d/0": {"output": 1}}, None).json()["code"] == "fenced"
    assert desk.rows() == {}


def test_nobody_speaks_for_another_job(desk: Desk, client_of: ClientOf) -> None:
    lease, other = desk.lease(), Desk(desk.house, client_of(""))
    mine = other.lease()
    for foreign in (lease, {**mine, "range": lease["range"], "token": lease["token"]}):
        progress = {"lease": foreign, "upto": None, "rows": 1, "failed": 0}
        assert other.report({"x": {"output": 1}}, progress).status_code == 404
        assert other.client.post(f"{WORK}/give-back", json=foreign).status_code == 404
        assert other.client.post(f"{WORK}/settle", json={"leases": [foreign]}).status_code == 404
    assert desk.lease() == lease
    assert (desk.done(), other.done(), other.rows()) == (0, 0, {})
    # Whatever job it names, it gets work of its own only.
    asked = {**other.holder, "job": desk.job.id}
    assert other.client.post(f"{WORK}/lease", json=asked).json()["lease"]["holder"]["job"] == other.job.id


def test_only_what_belongs_to_the_job_is_read(desk: Desk) -> None:
    house = desk.house
    uri = desk.job.plan.steps[0].datasets[0].uri
    manifest = desk.client.get(f"{WORK}/manifest", params={"dataset": uri}).json()["manifest"]
    assert desk.client.get(f"{WORK}/blobs/{manifest}").status_code == 200
    secret = house.blobs.put(b"of somebody else")
    assert desk.client.get(f"{WORK}/blobs/{secret}").status_code == 404
    away = {"$": "media", "t": "bytes", "m": f'{{"blob":["{secret}",16]}}', "d": None}
    for cell in (away, {"$": "nothing"}, {"$": "media", "t": "image", "m": "{", "d": None}):
        assert desk.report({"x": {"output": cell}}, None).status_code in {400, 404}
    assert desk.report({"x": {"output": 1}}, None, tables={"../../x\n": []}).status_code in {204, 400}
    assert desk.rows() == {}


@pytest.mark.parametrize("key", [2**63, -(2**63) - 1])
def test_results_of_a_key_that_no_row_can_have_are_refused(desk: Desk, key: int) -> None:
    told = b'{"sender":"%s","sequence":1,"epoch":%d,"tables":{"results":[[%d,{"a":1}]]}}'
    answer = desk.client.post(
        f"{WORK}/results",
        content=told % (b"a" * 32, desk.epoch, key),
        headers={"Content-Type": "application/octet-stream"},
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "usage")
    assert desk.rows() == {}


def test_what_is_small_to_send_and_large_to_hold_is_not_read(desk: Desk) -> None:
    headers = {"Content-Type": "application/octet-stream"}
    for much in (b"[" * (MOST_NESTED_OF_ROWS + 1), b"0," * (MOST_OF_ROWS + 1)):
        answer = desk.client.post(f"{WORK}/results", content=much, headers=headers)
        assert (answer.status_code, "a body holds at most" in answer.json()["detail"]) == (400, True)


async def _called(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await app(scope, receive, send)


def test_whoever_hangs_up_in_the_middle_is_no_failure_of_the_server(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    arriving = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])
    sent = list[Message]()

    async def receive() -> Message:
        return next(arriving)

    async def send(message: Message) -> None:
        sent.append(message)

    headers = {
        "host": "localhost",
        "authorization": desk.client.headers["Authorization"],
        "content-type": "application/octet-stream",
    }
    scope: Scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": f"{WORK}/results",
        "raw_path": f"{WORK}/results".encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 80),
    }
    asyncio.run(_called(desk.client.app, scope, receive, send))
    assert sent[0]["status"] == 400
    assert not [each for each in caplog.records if each.levelno >= logging.WARNING]


def test_a_person_is_no_worker(desk: Desk, client_of: ClientOf) -> None:
    for client, status in ((client_of("ada"), 401), (client_of(""), 401)):
        assert client.post(f"{WORK}/lease", json=desk.holder).status_code == status
    # And the token of a job makes, ends and removes nothing.
    jobs = f"/api/v1/projects/self/jobs/{desk.job.id}"
    assert desk.client.post(f"{jobs}/cancel", json={}).status_code == 403
    assert desk.client.delete(jobs).status_code == 403
    assert desk.client.post("/api/v1/me/tokens", json={"name": "x"}).status_code == 403


def test_a_moment_of_a_schedule_has_one_job(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    house = desk.house
    owner = house.work.passes.owner("admin")
    blueprint = Blueprint(model="m", handler="code_of_user:predict", datasets=("d",))
    house.job_templates.save(owner, "self", "t", blueprint)
    house.job_schedules.add(owner, "self", "s", "t", "* * * * *")
    soon = utc_now() + timedelta(minutes=1)
    monkeypatch.setattr("starwhale.server.firing.utc_now", lambda: soon)
    before = house.jobs.list(owner, "self").total
    other = Services(house.settings)
    for each in (house, other, house):
        fire_schedules(each)
    other.close()
    assert house.jobs.list(owner, "self").total == before + 1
    assert token_of(house, "admin", True)
    assert house.job_queue.waiting()[0][0] == JobUri(
        instance="local", project="self", job=house.jobs.list(owner, "self").items[0].id
    )


def test_what_is_away_for_a_moment_costs_no_moment_of_a_schedule(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = desk.house
    owner = house.work.passes.owner("admin")
    blueprint = Blueprint(model="m", handler="code_of_user:predict", datasets=("d",))
    house.job_templates.save(owner, "self", "t", blueprint)
    for name in ("a", "b"):
        house.job_schedules.add(owner, "self", name, "t", "* * * * *")
    soon = utc_now() + timedelta(minutes=1)
    monkeypatch.setattr("starwhale.server.firing.utc_now", lambda: soon)
    before = house.jobs.list(owner, "self").total
    place, tries = OrderService.place, iter([Unavailable("the store is away"), None])

    def faltering(*args: Any, **more: Any) -> JobRead:
        if (error := next(tries, None)) is not None:
            raise error
        return place(*args, **more)

    monkeypatch.setattr(OrderService, "place", faltering)
    fire_schedules(house)
    assert house.jobs.list(owner, "self").total == before + 1, "the other one is not kept from it"
    for _ in range(2):
        fire_schedules(house)
        assert house.jobs.list(owner, "self").total == before + 2


def test_the_token_of_a_job_that_runs_for_long_counts_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    passes = desk.house.work.passes
    nearly = utc_now() + LASTS - timedelta(minutes=1)
    monkeypatch.setattr("starwhale.jobs.passes.utc_now", lambda: nearly)
    assert passes.read(desk.token).job == desk.job.id
    passes.renew(desk.token)
    monkeypatch.setattr("starwhale.jobs.passes.utc_now", lambda: nearly + timedelta(minutes=2))
    assert passes.read(desk.token).job == desk.job.id
    monkeypatch.setattr("starwhale.jobs.passes.utc_now", lambda: nearly + LASTS)
    with pytest.raises(Unauthorized):
        passes.read(desk.token)
