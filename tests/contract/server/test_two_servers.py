"""Two servers on one PostgreSQL and one S3 work as one: what is begun at one goes on at the other.

The first runs in this process and has all the jobs to run, the second is a program of its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.contract.server.hearing import Ear
from tests.contract.server.houses import House, Team
from tests.contract.server.processes import Caller, until
from tests.contract.server.test_jobs import CODE, order, reaches
from tests.slice.server.operations.conftest import Receiver, receiving

from starwhale import Image
from starwhale.core.actor import Actor
from starwhale.core.kinds import Kind
from starwhale.core.version import random_version
from starwhale.storage.tables.frames import encode_frame

OCTETS = {"Content-Type": "application/octet-stream"}
PASSWORD = "a whole sentence of words"
ROOT = Actor(name="root", admin=True)
HOUR = 3600.0


@pytest.fixture
def there(both: Team) -> Caller:
    """The owner of the project, at the second server."""
    return both.person("ada", at=1)


@pytest.fixture
def deaf(pair: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the first server look once an hour by itself: what it learns, it was told."""
    until(pair.first.app.state.messenger.connected.is_set)
    monkeypatch.setattr(pair.first.app.state.feed, "_every", HOUR)
    monkeypatch.setattr("starwhale.server.attendant.PAUSE", HOUR)
    pair.first.app.state.attendant.wake()


@pytest.mark.usefixtures("deaf")
def test_a_stream_at_one_is_told_what_happens_at_the_other(both: Team, there: Caller) -> None:
    ear = Ear(both.person("ada"), f"{both.path}/events/stream")
    for word in ("red", "green", "blue"):
        there.done("PATCH", both.path, json={"description": word})
    ear.hears("project.changed", 3)
    # And the other way round, from where somebody was at the first.
    again = Ear(there, f"{both.path}/events/stream", **{"Last-Event-ID": str(ear.told[0]["id"])})
    both.owner.done("PATCH", both.path, json={"description": "white"})
    again.hears("project.changed", 3)
    ear.hears("project.changed", 4)
    assert [each["id"] for each in again.told] == [each["id"] for each in ear.told[1:]]


@pytest.mark.usefixtures("deaf")
def test_a_job_that_one_is_told_of_runs_at_the_other_and_is_followed_here(
    both: Team, there: Caller, tmp_path: Path
) -> None:
    both.stock(tmp_path / "code", CODE, 5)
    body = {"model": "m", "handler": "code_of_user:wait"}
    job = f"{both.path}/jobs/{there.done('POST', f'{both.path}/jobs', 201, json=body)['id']}"
    reaches(both, job, "RUNNING")
    until(lambda: there.get(f"{job}/logs/0.0").text.startswith("waiting"))
    ear = Ear(both.person("ada", at=1), f"{job}/logs/0.0/stream")
    until(lambda: "waiting" in ear.text)
    there.done("POST", f"{job}/cancel", json={"force": True})
    reaches(both, job, "CANCELED")
    ear.hears("end")
    assert there.done("GET", f"{job}/events") == both.owner.done("GET", f"{job}/events")
    assert there.done("GET", f"{job}/logs") == both.owner.done("GET", f"{job}/logs")
    there.done("POST", f"{job}/resume")
    reaches(both, job, "RUNNING")
    there.done("POST", f"{job}/cancel", json={"force": True})
    reaches(both, job, "CANCELED")


def test_results_of_a_job_are_read_at_once_at_the_other(both: Team, there: Caller, tmp_path: Path) -> None:
    both.stock(tmp_path / "code", CODE, 5)
    job = order(both, "total", datasets=["d"])
    assert reaches(both, job, "SUCCESS", "FAIL")["state"] == "SUCCESS"
    (summary,) = there.done("POST", f"{both.path}/tables/query", json={"tables": ["summary"]})["rows"]
    assert summary["values"]["total"] == 20
    assert there.done("GET", f"{job}/logs/0.0").text.count("row ") == 5


def test_a_request_that_is_sent_to_both_is_carried_out_once(both: Team, there: Caller) -> None:
    key = {"Idempotency-Key": f"key-{both.number}"}
    body = {"name": "v", "content": {}}
    callers = [both.owner, there] * 4

    def send(caller: Caller) -> tuple[int, Any]:
        answer = caller.post(f"{both.path}/views", json=body, headers=key)
        return answer.status_code, answer.json()

    with ThreadPoolExecutor(len(callers)) as pool:
        told = list(pool.map(send, callers))
    assert [status for status, _ in told] == [201] * len(callers)
    assert len({each["id"] for _, each in told}) == 1
    assert len(there.pages(f"{both.path}/views")) == 1


def test_whoever_logs_in_at_one_is_in_at_the_other_and_out_at_both(both: Team, there: Caller) -> None:
    root, name = both.house.caller("root", admin=True), both.user("grace")
    root.done("POST", "/users", 201, json={"name": name, "password": PASSWORD})
    here = both.house.caller()
    here.done("POST", "/login", json={"name": name, "password": PASSWORD})
    cookie = "; ".join(f"{each.name}={each.value}" for each in here.cookies.jar)
    elsewhere = both.house.caller(at=1)
    elsewhere.headers |= {"Cookie": cookie, "Origin": both.house.processes[1].url}
    assert elsewhere.done("GET", "/me")["name"] == name
    elsewhere.done("POST", "/logout", 204)
    assert here.get("/me").status_code == 401
    made = both.owner.done("POST", "/me/tokens", 201, json={"name": "t"})
    holder = both.house.with_token(made["token"], at=1)
    assert holder.get("/me").status_code == 200
    both.owner.done("DELETE", f"/me/tokens/{made['id']}")
    until(lambda: holder.get("/me").status_code == 401)


def test_attempts_to_come_in_are_counted_together(both: Team, there: Caller) -> None:
    wrong = {"name": both.user("nobody"), "password": "wrong"}
    callers = [both.house.caller(), both.house.caller(at=1)]
    told: list[int] = []
    for turn in range(40):
        told.append(callers[turn % 2].post("/login", json=wrong).status_code)
        if told[-1] == 429:
            break
    assert told[-1] == 429
    # The one that has not refused yet does so now, too.
    assert callers[len(told) % 2].post("/login", json=wrong).status_code == 429


def test_an_address_of_media_is_good_at_both(both: Team, there: Caller) -> None:
    house, data = both.house.services, b"\x89PNG\r\n\x1a\n" + b"p" * 5000
    writer = house.datasets.writer(ROOT, both.name, "pictures", None)
    writer.put(0, {"picture": Image(data, mime_type="image/png")})
    writer.commit()
    writer.close()
    rows = f"{both.path}/datasets/pictures/versions/latest/rows"
    for here, elsewhere in ((both.owner, 1), (there, 0)):
        url = here.done("GET", rows)["items"][0]["values"]["picture"]["url"]
        anybody = both.house.caller(at=elsewhere)
        assert anybody.get(url.removeprefix("/api/v1")).content == data


def test_an_upload_that_is_begun_at_one_is_finished_at_the_other(both: Team, there: Caller) -> None:
    house = both.house.services
    writer = house.datasets.writer(ROOT, "self", f"d{both.number}", None)
    for row in range(50):
        writer.put(row, {"x": row, "text": f"{both.number}-{row}" * 50})
    made = writer.commit()
    writer.close()
    references = house.artifacts.references
    assert references is not None
    needed = {made.manifest, *references(Kind.DATASET, made.manifest)}
    blobs = {digest: house.blobs.read(digest) for digest in needed}
    path = f"{both.path}/datasets/sent"
    build = both.owner.done("POST", f"{path}/builds", 201, json={})["id"]
    asked = {"blobs": [{"digest": digest, "size": len(data)} for digest, data in blobs.items()]}
    assert sorted(there.done("POST", f"/builds/{build}/missing", json=asked)["missing"]) == sorted(blobs)
    for turn, (digest, data) in enumerate(sorted(blobs.items())):
        assert hashlib.sha256(data).hexdigest() == digest
        where = (both.owner, there)[turn % 2]
        where.done("PUT", f"/builds/{build}/blobs/{digest}", 204, content=data, headers=OCTETS)
    told = {"build": build, "version": random_version(), "manifest": made.manifest}
    there.done("POST", f"{path}/versions", 201, json=told)
    for caller in (both.owner, there):
        rows = caller.done("GET", f"{path}/versions/latest/rows", params={"size": 100})["items"]
        assert [row["values"]["x"] for row in rows] == list(range(50))


def test_a_session_of_a_writer_goes_on_at_the_other(both: Team, there: Caller) -> None:
    number = both.owner.done("POST", f"{both.path}/tables/writers", 201, json={"job": "far"})["id"]
    path = f"{both.path}/tables/writers/{number}/batches"

    def send(caller: Caller, sequence: int) -> bool:
        frame = encode_frame(sequence, [["results", [[sequence, {"n": sequence}]]]])
        return caller.done("POST", path, content=frame, headers=OCTETS)["fresh"]

    for sequence in range(1, 9):
        one, other = (both.owner, there)[:: 1 if sequence % 2 else -1]
        assert send(one, sequence)
        assert not send(other, sequence)
        for caller in (other, one):
            page = caller.done(
                "POST", f"{both.path}/tables/query", json={"tables": ["evaluation/far/results"]}
            )
            assert [row["values"]["n"] for row in page["rows"]] == list(range(1, sequence + 1))
    there.done("DELETE", path.removesuffix("/batches"), 204)
    frame = encode_frame(9, [["results", [[9, {"n": 9}]]]])
    assert both.owner.post(path, content=frame, headers=OCTETS).status_code == 404


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def test_a_webhook_is_told_of_each_event_once(both: Team, there: Caller, receiver: Receiver) -> None:
    body = {"url": receiver.url, "events": ["project.changed"]}
    hook = there.done("POST", f"{both.path}/webhooks", 201, json=body)["id"]
    for number in range(30):
        caller = (both.owner, there)[number % 2]
        caller.done("PATCH", both.path, json={"description": str(number)})
    path = f"{both.path}/webhooks/{hook}/deliveries"
    until(lambda: len(there.pages(path, state="delivered")) == 30)
    assert len(receiver.got) == 30
    assert len({headers["Starwhale-Delivery"] for headers, _ in receiver.got}) == 30
    assert len({json.loads(sent)["number"] for _, sent in receiver.got}) == 30


def test_whoever_listened_to_a_server_that_is_killed_goes_on_at_another(both: Team, pair: House) -> None:
    third = pair.run()
    at = pair.processes.index(third)
    listener, writer = both.person("ada", at=at), both.person("ada", at=at)
    ear = Ear(listener, f"{both.path}/events/stream")
    writer.done("PATCH", both.path, json={"description": "one"})
    ear.hears("project.changed")
    number = writer.done("POST", f"{both.path}/tables/writers", 201, json={"job": "far"})["id"]
    frames = [encode_frame(each, [["results", [[each, {"n": each}]]]]) for each in (1, 2)]
    path = f"{both.path}/tables/writers/{number}/batches"
    writer.done("POST", path, content=frames[0], headers=OCTETS)
    third.kill()
    ear.join(60)
    both.owner.done("PATCH", both.path, json={"description": "two"})
    again = Ear(
        both.person("ada", at=1), f"{both.path}/events/stream", **{"Last-Event-ID": str(ear.told[0]["id"])}
    )
    again.hears("project.changed")
    assert again.names == ["table.writing", "project.changed"]
    both.owner.done("POST", path, content=frames[1], headers=OCTETS)
    page = both.owner.done("POST", f"{both.path}/tables/query", json={"tables": ["evaluation/far/results"]})
    assert [row["values"]["n"] for row in page["rows"]] == [1, 2]
