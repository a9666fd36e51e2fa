"""What jobs use, as a server tells it: while they run, and afterwards."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.slice.server.conftest import token_of
from tests.slice.server.jobs.conftest import Live, until
from tests.slice.server.jobs.test_runs import JOBS, order

from starwhale.core.uri import JobUri
from starwhale.instance.remote import RemoteInstance
from starwhale.jobs.usage import add_up

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what processes use")


def await_that(look: Callable[[], Any]) -> Any:
    patience = time.monotonic() + 60
    while not (found := look()):
        assert time.monotonic() < patience
        time.sleep(0.1)
    return found


def usage_of(client: TestClient, job: str, **asked: Any) -> dict[str, Any]:
    answer = client.get(f"{JOBS}/{job}/usage", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_tasks_steps_and_the_job_tell_what_they_used(live: Live) -> None:
    client = live.client()
    job = order(client, "total", datasets=["d"])
    ended = until(client, job, "SUCCESS", "FAIL")
    assert ended["state"] == "SUCCESS", ended["cause"]
    predict, total = ended["steps"]
    used = [task["usage"] for task in predict["tasks"]]
    assert all(each["cpu_seconds"] > 0 and each["memory_peak"] > 1 << 20 for each in used)
    assert predict["usage"]["attempts"] == 2
    assert predict["usage"]["cpu_seconds"] == pytest.approx(sum(each["cpu_seconds"] for each in used))
    assert predict["usage"]["memory_peak"] == max(each["memory_peak"] for each in used)
    assert ended["usage"]["attempts"] == 3
    assert ended["usage"]["cpu_seconds"] >= total["usage"]["cpu_seconds"]
    # A list says nothing of it: nobody adds up thousands of tasks there.
    assert client.get(JOBS).json()["items"][0]["usage"] is None
    # What was over before anybody looked has no curve, its step has.
    assert usage_of(client, job, step=0)["points"]
    assert [each["attempt"] for each in usage_of(client, job, task="0.0")["attempts"]] == [1]


def test_use_is_seen_while_a_job_runs_and_each_attempt_is_kept(live: Live) -> None:
    client = live.client()
    job = order(client, "wait")
    points = await_that(lambda: usage_of(client, job, task="0.0")["points"])
    assert points[0]["attempt"] == 1
    assert points[0]["memory"] > 1 << 20
    assert 0 <= points[0]["cores"] < 64
    assert await_that(lambda: usage_of(client, job)["points"])
    shown = await_that(lambda: client.get(f"{JOBS}/{job}").json()["steps"][0]["tasks"][0]["usage"])
    assert shown["memory_peak"] >= shown["memory"] > 1 << 20
    for last in (False, True):
        client.post(f"{JOBS}/{job}/cancel", json={})
        until(client, job, "CANCELED")
        if not last:
            client.post(f"{JOBS}/{job}/resume")
            await_that(lambda: len(usage_of(client, job, task="0.0")["attempts"]) == 2)
    told = usage_of(client, job, task="0.0")
    assert [each["attempt"] for each in told["attempts"]] == [1, 2]
    assert {each["attempt"] for each in told["points"]} == {1, 2}
    assert client.get(f"{JOBS}/{job}").json()["usage"]["attempts"] == 2


def test_a_program_reads_the_same_from_afar(live: Live) -> None:
    job = order(client := live.client(), "total", datasets=["d"])
    until(client, job, "SUCCESS")
    here, uri = live.services, JobUri(instance="local", project="self", job=job)
    mine = here.jobs.info(here.actor, uri)
    asked: list[tuple[int | None, str]] = [(None, ""), (0, ""), (None, "0.1")]
    store, token = live.settings.store, token_of(here, "admin")
    with RemoteInstance("srv", live.url, token=token, user="admin", settings=store) as there:
        seen = there.jobs.info(here.actor, uri)
        curves = [there.jobs.usage(here.actor, uri, step=step, task=task) for step, task in asked]
    assert curves == [here.jobs.usage(here.actor, uri, step=step, task=task) for step, task in asked]
    assert [each.usage for step in seen.steps for each in step.tasks] == [
        each.usage for step in mine.steps for each in step.tasks
    ]
    assert seen.usage == mine.usage == add_up(step.usage for step in mine.steps)


def test_what_there_is_not_is_not_found(live: Live) -> None:
    job = order(client := live.client(), "fail")
    until(client, job, "FAIL")
    for asked in ({"step": 7}, {"task": "7.0"}):
        answer = client.get(f"{JOBS}/{job}/usage", params=asked)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert client.get(f"{JOBS}/{job}/usage", params={"task": "../0"}).status_code == 422


def test_it_goes_with_the_job(live: Live) -> None:
    job = order(client := live.client(), "total", datasets=["d"])
    until(client, job, "SUCCESS")
    folder = live.settings.store.run / job / "usage"
    assert (folder / "job.usage").exists()
    assert client.delete(f"{JOBS}/{job}", params={"force": True}).status_code == 204
    assert not folder.exists()
