"""Jobs that a server runs, from the order to the results."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.slice.server.conftest import token_of
from tests.slice.server.jobs.conftest import Live, until

from starwhale.core.errors import Conflict, NotFound, Unavailable
from starwhale.core.uri import JobUri
from starwhale.evaluations.results import ResultStore
from starwhale.instance.remote import RemoteInstance
from starwhale.jobs.blueprint import Blueprint
from starwhale.server import attendant

JOBS = "/api/v1/projects/self/jobs"


def order(client: TestClient, handler: str, **more: Any) -> str:
    asked = {"model": "m", "handler": f"code_of_user:{handler}", **more}
    made = client.post(JOBS, json=asked)
    assert made.status_code == 201, made.text
    return made.json()["id"]


def log_of(client: TestClient, job: str, task: str = "0.0", *, holding: str = "") -> str:
    """The log, once ``holding`` is in it: what was printed last may arrive behind the news of the end."""
    patience = time.monotonic() + 20
    while holding not in (text := client.get(f"{JOBS}/{job}/logs/{task}").text):
        assert time.monotonic() < patience, text
        time.sleep(0.1)
    return text


def files_of_this_process() -> Iterator[Path]:
    """Those that are open, by the server too, which is in this process."""
    for descriptor in Path("/proc/self/fd").iterdir():
        # Others close theirs meanwhile.
        with suppress(FileNotFoundError):
            yield descriptor.readlink()


def test_an_evaluation_runs_beside_the_server(live: Live) -> None:
    client = live.client()
    job = order(client, "total", datasets=["d"])
    ended = until(client, job, "SUCCESS", "FAIL")
    assert ended["state"] == "SUCCESS", ended["cause"]
    assert (ended["rows"], ended["done"]) == (20, 20)
    results = ResultStore(live.services.tables, project="self", job=job)
    assert results.get_summary()["total"] == sum(range(20)) * 2
    assert len(list(results.scan("results"))) == 20
    assert client.get(JOBS).json()["items"][0]["id"] == job
    assert "workdir" not in ended["plan"]


def test_no_file_of_a_job_that_has_ended_stays_open(live: Live) -> None:
    client = live.client()
    assert until(client, order(client, "total", datasets=["d"]), "SUCCESS", "FAIL")["state"] == "SUCCESS"
    logs, patience = live.settings.store.root / "tables", time.monotonic() + 20
    while open_ := [each for each in files_of_this_process() if logs in each.parents]:
        assert time.monotonic() < patience, open_
        time.sleep(0.05)


def test_workers_know_nothing_of_the_server(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    client = live.client()
    job = order(client, "secrets", steps={"code_of_user:secrets": {"resources": {"memory": "2Gi", "cpu": 1}}})
    ended = until(client, job, "SUCCESS", "FAIL")
    assert ended["state"] == "SUCCESS", ended["cause"]
    told = log_of(client, job, holding="limits (0, 0)")
    assert "hush" not in told
    assert str(live.settings.store.root / "catalog") not in told
    assert f"SW_LOCAL_STORAGE = {live.settings.store.root}/run/{job}/home/store" in told
    assert "OMP_NUM_THREADS = 1" in told


def test_the_token_of_a_job_ends_with_it(live: Live) -> None:
    client = live.client()
    job = order(client, "secrets")
    until(client, job, "SUCCESS")
    told = log_of(client, job, holding="limits (0, 0)")
    lines = dict(line.split(" = ", 1) for line in told.splitlines() if " = " in line)
    client.headers["Authorization"] = f"Bearer {lines['SW_WORK_TOKEN']}"
    patience = time.monotonic() + 10
    while client.get("/api/v1/work/summary").status_code != 401 or client.get(JOBS).status_code != 401:
        assert time.monotonic() < patience
        time.sleep(0.1)


def test_a_job_that_fails_says_why(live: Live) -> None:
    client = live.client()
    job = order(client, "fail")
    assert "no good" in until(client, job, "FAIL")["cause"]
    assert log_of(client, job, holding="ValueError: no good")
    events = client.get(f"{JOBS}/{job}/events").json()["items"]
    assert [each["new"] for each in events if each["subject"] == "job"] == ["READY", "RUNNING", "FAIL"]
    assert client.get(f"{JOBS}/{job}/events", params={"after": events[-1]["id"]}).json()["items"] == []


def test_what_is_away_keeps_a_job_waiting_and_fails_none(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    away = [Unavailable("the store of objects does not answer")] * 7
    found = attendant.of_job

    def of_job(*args: Any) -> Any:
        if away:
            raise away.pop()
        return found(*args)

    monkeypatch.setattr(attendant, "of_job", of_job)
    monkeypatch.setattr(attendant, "LATER", 0.3)
    monkeypatch.setattr(attendant, "LATEST", 0.3)
    client = live.client()
    job = order(client, "total", datasets=["d"])
    causes: set[str] = set()
    while (now := client.get(f"{JOBS}/{job}").json())["state"] not in {"SUCCESS", "FAIL"}:
        causes.add(now["cause"])
        time.sleep(0.1)
    assert (now["state"], now["cause"]) == ("SUCCESS", "")
    assert "it waits, and is tried again: the store of objects does not answer" in causes
    assert live.app.state.attendant._later == {}, "the next time it is away is a time of its own"


def test_a_job_is_canceled_and_goes_on(live: Live) -> None:
    client = live.client()
    job = order(client, "wait")
    until(client, job, "RUNNING")
    assert client.post(f"{JOBS}/{job}/resume", json={}).status_code == 409
    client.post(f"{JOBS}/{job}/cancel", json={"force": True})
    until(client, job, "CANCELED")
    assert client.post(f"{JOBS}/{job}/resume").json()["state"] == "READY"
    until(client, job, "RUNNING")
    assert client.request("DELETE", f"{JOBS}/{job}").status_code == 409
    client.post(f"{JOBS}/{job}/cancel", json={"force": True})
    until(client, job, "CANCELED")
    assert client.request("DELETE", f"{JOBS}/{job}").status_code == 204
    assert client.get(f"{JOBS}/{job}").status_code == 404
    assert client.post(f"{JOBS}/{job}/recover").status_code == 200
    # Its state is told first; whoever ran it tidies up then.
    copies = live.settings.store.run / "code"
    patience = time.monotonic() + 20
    while list(copies.glob("*")):
        assert time.monotonic() < patience
        time.sleep(0.1)


def test_a_log_is_followed_from_a_byte_on(live: Live) -> None:
    client = live.client()
    job = order(client, "fail")
    until(client, job, "FAIL")
    whole = log_of(client, job, holding="ValueError: no good")
    with client.stream("GET", f"{JOBS}/{job}/logs/0.0/stream", headers={"Last-Event-ID": "10"}) as answer:
        told = answer.read().decode()
    assert "event: end" in told
    assert f"id: {len(whole.encode())}\n" in told
    found = client.get(f"{JOBS}/{job}/logs/0.0", params={"offset": 10, "size": 5})
    assert found.text == whole[10:15]
    assert (found.headers["x-next-offset"], found.headers["x-log-ended"]) == ("15", "false")


def test_a_whole_log_is_downloaded(live: Live) -> None:
    client = live.client()
    job = order(client, "secrets")
    until(client, job, "SUCCESS")
    text = log_of(client, job, holding="limits")
    found = client.get(f"{JOBS}/{job}/logs/0.0/file")
    assert found.text == text
    assert found.headers["content-disposition"] == f'attachment; filename="{job[:12]}-0.0.log"'
    assert client.get(f"{JOBS}/{job}/logs/0.7/file").status_code == 404
    other = live.client("eve", admin=False)
    assert other.get(f"{JOBS}/{job}/logs/0.0/file").status_code == 404


def test_whoever_is_no_member_sees_no_job(live: Live) -> None:
    job = order(live.client(), "fail")
    stranger = live.client("eve", admin=False)
    for answer in (
        stranger.get(JOBS),
        stranger.get(f"{JOBS}/{job}"),
        stranger.get(f"{JOBS}/{job}/logs/0.0"),
        stranger.post(JOBS, json={"model": "m", "handler": "code_of_user:fail"}),
        stranger.post(f"{JOBS}/{job}/cancel", json={}),
    ):
        assert answer.status_code == 404, answer.text


def test_what_is_wrong_with_an_order_is_said_at_once(live: Live) -> None:
    client = live.client()

    def refused(status: int, **asked: Any) -> str:
        answer = client.post(
            JOBS, json={"model": "m", "handler": "code_of_user:total", "datasets": ["d"], **asked}
        )
        assert answer.status_code == status, answer.text
        return answer.json()["detail"]

    assert "workdir" in refused(422, workdir="/etc")
    assert "no model 'x'" in refused(404, model="x")
    assert "no handler" in refused(404, handler="nothing")
    assert "another instance" in refused(400, datasets=["http://elsewhere:1/project/self/dataset/d"])
    assert "reads a dataset" in refused(400, datasets=[])
    assert "--epochs" in refused(400, arguments=["--epochs", "3"])
    assert "no step" in refused(404, steps={"x": {"replicas": 2}})
    assert "no resource pool" in refused(404, pool="x")
    assert "no project" in refused(404, log_project="x")


def test_jobs_are_found_by_what_one_knows_of_them(live: Live) -> None:
    client = live.client()
    done = order(client, "secrets", comment="a *nightly* run, 100%")
    until(client, done, "SUCCESS")
    failed = order(client, "fail")
    until(client, failed, "FAIL")
    client.patch(f"{JOBS}/{done}", json={"pinned": True})
    gone = order(client, "secrets")
    until(client, gone, "SUCCESS")
    client.delete(f"{JOBS}/{gone}")

    def found(**asked: Any) -> list[str]:
        answer = client.get(JOBS, params=asked)
        assert answer.status_code == 200, answer.text
        listed = answer.json()
        assert listed["total"] == len(listed["items"])
        return [each["id"] for each in listed["items"]]

    assert found() == [done, failed]
    assert found(sort="created") == [done, failed]
    assert found(sort="created", descending=True) == [failed, done]
    assert found(sort="handler") == [failed, done]
    assert found(state="FAIL") == [failed]
    assert found(state=["FAIL", "SUCCESS"]) == [done, failed]
    assert found(handler="SECRET") == [done]
    assert found(model="m") == [done, failed]
    assert found(model="n") == []
    assert found(owner="admin") == [done, failed]
    assert found(owner="ann") == []
    assert found(text="*NIGHTLY*") == [done]
    assert found(text="0%") == [done]
    assert found(text="_") == [done, failed], "part of the name of the module"
    assert found(text=failed[:9]) == [failed]
    assert found(pinned=True) == [done]
    assert found(pinned=False) == [failed]
    assert set(found(removed=True)) == {done, failed, gone}
    assert found(trash=True) == [gone]
    assert found(state="UNKNOWN") == []
    assert client.get(f"{JOBS}/{gone}").status_code == 404
    assert client.get(f"{JOBS}/{gone}", params={"removed": True}).json()["removed_at"] is not None
    assert client.get(JOBS, params={"state": "DREAMING"}).status_code == 422


def test_a_pool_has_bounds_and_defaults(live: Live) -> None:
    admin, bounds = live.client(), {"memory": {"most": "1Gi", "default": "256Mi"}, "cpu": {"most": 2}}
    member = live.client("ada", admin=False)
    assert member.post("/api/v1/pools", json={"name": "small"}).status_code == 403
    made = admin.post("/api/v1/pools", json={"name": "small", "private": True, "bounds": bounds})
    assert made.status_code == 201, made.text
    assert [each["name"] for each in admin.get("/api/v1/pools").json()["items"]] == ["default", "small"]
    assert [each["name"] for each in member.get("/api/v1/pools").json()["items"]] == ["default"]
    assert member.get("/api/v1/pools/small").status_code == 404
    shown = admin.put("/api/v1/pools/small", json={"private": True, "bounds": bounds, "users": ["ada"]})
    assert shown.json()["users"] == ["ada"]
    assert member.get("/api/v1/pools/small").json()["users"] == []
    much = {"code_of_user:fail": {"resources": {"cpu": 4}}}
    asked = {"model": "m", "handler": "code_of_user:fail", "pool": "small"}
    refused = admin.post(JOBS, json={**asked, "steps": much})
    assert refused.status_code == 400
    assert "asks for 4 of cpu, and pool 'small' gives at most 2" in refused.json()["detail"]
    job = admin.post(JOBS, json=asked).json()
    assert job["plan"]["steps"][0]["spec"]["resources"]["memory"]["limit"] == 256 << 20
    assert admin.delete("/api/v1/pools/small").status_code == 204


def test_templates_and_schedules(live: Live) -> None:
    client = live.client()
    job = order(client, "fail", comment="first")
    made = client.post("/api/v1/projects/self/templates", json={"name": "t", "job": job})
    assert made.status_code == 201, made.text
    again = client.post("/api/v1/projects/self/templates/t/jobs", json={"comment": "second"})
    assert (again.status_code, again.json()["comment"]) == (201, "second")
    third = client.post(f"{JOBS}/{job}/again", json={})
    assert third.json()["comment"] == "first"
    new = {"name": "s", "template": "t", "cron": "0 3 * * *"}
    assert client.post("/api/v1/projects/self/schedules", json=new).status_code == 201
    assert client.patch("/api/v1/projects/self/schedules/s", json={"enabled": False}).status_code == 200
    assert client.get("/api/v1/projects/self/schedules").json()["items"][0]["due"] is None
    assert client.delete("/api/v1/projects/self/schedules/s").status_code == 204


def test_the_twins_of_a_remote_instance(live: Live) -> None:
    token = token_of(live.services, "admin", True)
    with RemoteInstance("srv", live.url, token=token, user="admin", settings=live.settings.store) as there:
        actor = there.actor
        asked = Blueprint(model="m", handler="code_of_user:total", datasets=("d",))
        job = there.jobs.order(actor, "self", asked)
        uri = there.jobs.uri(job)
        until(live.client(), job.id, "SUCCESS")
        found = there.jobs.info(actor, uri)
        assert (found.state, found.rows, found.plan.model_name) == ("SUCCESS", 20, "m")
        assert [each.id for each in there.jobs.list(actor, "self")] == [job.id]
        assert there.jobs.events(actor, uri)[-1].new == "SUCCESS"
        # What was printed last may come behind the news that it is over; and one of two may do all the rows.
        patience, sizes = time.monotonic() + 20, dict[str, int]()
        while not sizes or any(
            there.jobs.logs(actor, uri, task).next != size for task, size in sizes.items()
        ):
            assert time.monotonic() < patience
            time.sleep(0.1)
            sizes = there.jobs.log_sizes(actor, uri)
        assert there.job_marks.pin(actor, uri).pinned
        with pytest.raises(Conflict):
            there.jobs.remove(actor, uri)
        there.job_templates.save(actor, "self", "t", Blueprint.of(found.plan))
        assert there.job_templates.get(actor, "self", "t").blueprint.handler == "code_of_user:total"
        assert there.job_schedules.add(actor, "self", "s", "t", "0 3 * * *").template == "t"
        with pytest.raises(NotFound):
            there.jobs.info(actor, JobUri(instance="srv", project="self", job="zzzzz"))


def test_a_job_ends_with_its_auto_release_time(live: Live) -> None:
    client = live.client()
    job = order(client, "wait", auto_release_time=1)
    ended = until(client, job, "SUCCESS", "FAIL", "CANCELED")
    assert (ended["state"], ended["cause"]) == ("CANCELED", "its auto-release time of 1 s is over")
    assert ended["plan"]["auto_release_time"] == 1
