"""Tasks run while what they ask for fits into what the server has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.slice.server.jobs.conftest import CODE, Live, Server, until
from tests.slice.server.jobs.test_runs import JOBS, log_of, order

from starwhale.server.settings import ServerSettings

GB = 1 << 30
HAS = {"cpu": 2, "memory": 4 * GB, "gpu": 2}
OURS = """
    from starwhale import Context

    @handler(replicas=6)
    def crowd():
        me = str(Context.get_runtime_context().index)
        place = "PLACE"
        open(os.path.join(place, me), "w").close()
        time.sleep(0.3)
        print("at once", len(os.listdir(place)), "sees", os.environ.get("CUDA_VISIBLE_DEVICES"), flush=True)
        os.unlink(os.path.join(place, me))

    @handler
    def die():
        os.kill(os.getpid(), 9)
"""


@pytest.fixture
def small(tmp_path: Path, server_settings: ServerSettings) -> Iterator[Live]:
    """A server with little, as its settings say."""
    place = tmp_path / "at-once"
    place.mkdir()
    settings = ServerSettings.model_validate({"store": server_settings.store, "capacity": HAS})
    with Server(settings) as live:
        code = CODE + OURS.replace("PLACE", str(place))
        live.stock(tmp_path / "code", rows=0, code=code)
        yield live


def crowd(client: TestClient, resources: dict[str, Any], **more: Any) -> list[str]:
    """What six tasks that ask for so much have printed, once all have succeeded."""
    steps = {"code_of_user:crowd": {"resources": resources}}
    job = order(client, "crowd", steps=steps, **more)
    ended = until(client, job, "SUCCESS", "FAIL", seconds=120)
    assert ended["state"] == "SUCCESS", ended["cause"]
    return [log_of(client, job, f"0.{at}", holding="at once") for at in range(6)]


def most(printed: list[str]) -> int:
    return max(int(each) for text in printed for each in re.findall(r"at once (\d+)", text))


def devices(printed: list[str]) -> set[str]:
    return {each for text in printed for each in re.findall(r"sees (.*)", text)}


def test_no_more_run_at_once_than_fit(small: Live) -> None:
    client = small.client()
    printed = crowd(client, {"cpu": 1})
    assert 1 <= most(printed) <= 2
    assert devices(printed) == {""}
    assert most(crowd(client, {"memory": "3Gi"})) == 1


def test_each_task_sees_the_devices_that_it_was_given(small: Live) -> None:
    printed = crowd(small.client(), {"gpu": 1})
    assert devices(printed) <= {"0", "1"}
    assert most(printed) <= 2
    assert devices(crowd(small.client(), {"gpu": 2})) == {"0,1"}


def test_threads_share_what_their_step_asked_for(small: Live) -> None:
    assert devices(crowd(small.client(), {"gpu": 1}, isolation="thread")) == {"0"}


def test_what_a_worker_had_comes_back_when_it_dies(small: Live) -> None:
    client = small.client()
    job = order(client, "die", steps={"code_of_user:die": {"resources": {"gpu": 2, "cpu": 2}}})
    assert "workers in a row died" in until(client, job, "FAIL", seconds=120)["cause"]
    job = order(client, "secrets", steps={"code_of_user:secrets": {"resources": {"gpu": 2, "cpu": 2}}})
    assert until(client, job, "SUCCESS", "FAIL")["state"] == "SUCCESS"


def test_two_jobs_share_what_there_is(small: Live) -> None:
    client = small.client()
    steps = {"code_of_user:wait": {"resources": {"gpu": 2}}}
    first = order(client, "wait", steps=steps)
    until(client, first, "RUNNING")
    log_of(client, first, holding="waiting")
    second = order(client, "secrets", steps={"code_of_user:secrets": {"resources": {"gpu": 1}}})
    until(client, second, "RUNNING")
    # It holds nothing up that asks for something else, or for nothing.
    other = order(client, "secrets", steps={"code_of_user:secrets": {"resources": {"cpu": 1}}})
    assert until(client, other, "SUCCESS", "FAIL")["state"] == "SUCCESS"
    assert client.get(f"{JOBS}/{second}").json()["steps"][0]["tasks"][0]["state"] == "ASSIGNING"
    client.post(f"{JOBS}/{first}/cancel", json={"force": True})
    assert until(client, second, "SUCCESS", "FAIL")["state"] == "SUCCESS"
    assert "CUDA_VISIBLE_DEVICES = 0\n" in log_of(client, second, holding="limits")


def test_what_nobody_can_ever_run_is_refused(small: Live) -> None:
    client = small.client()
    until(client, order(client, "secrets"), "SUCCESS")
    for resources, told in (
        ({"gpu": 8}, "8 GPUs"),
        ({"cpu": 500}, "500 cores"),
        ({"memory": "9Ti"}, "9,216.0 GiB of memory"),
    ):
        steps = {"code_of_user:fail": {"resources": resources}}
        refused = client.post(JOBS, json={"model": "m", "handler": "code_of_user:fail", "steps": steps})
        assert refused.status_code == 400, refused.text
        assert refused.json()["detail"] == (
            f"step 'code_of_user:fail' asks for {told}, "
            "and no server that runs jobs of pool 'default' has that: "
            "there is one with 2 cores, 4.0 GiB of memory and 2 GPUs"
        )


def test_a_job_waits_for_a_server_that_can_run_it(tmp_path: Path, server_settings: ServerSettings) -> None:
    steps = {"code_of_user:secrets": {"resources": {"gpu": 1}}}
    idle = {"store": server_settings.store, "executor": "none"}
    with Server(ServerSettings.model_validate(idle)) as live:
        live.stock(tmp_path / "code")
        job = order(live.client(), "secrets", steps=steps)
        assert live.client().get(f"{JOBS}/{job}").json()["cause"] == ""
    none = {"store": server_settings.store, "capacity": {"gpu": 0, "cpu": 2, "memory": GB}}
    with Server(ServerSettings.model_validate(none)) as live:
        until(live.client(), order(live.client(), "secrets"), "SUCCESS")
        found = live.client().get(f"{JOBS}/{job}").json()
        assert found["state"] == "CREATED"
        assert found["cause"] == (
            "it waits for a server with 1 GPU, as step 'code_of_user:secrets' asks for it; "
            "there is one with 2 cores, 1.0 GiB of memory and no GPUs"
        )
    with Server(ServerSettings.model_validate({**none, "capacity": {"gpu": 1}})) as live:
        assert until(live.client(), job, "SUCCESS", "FAIL")["state"] == "SUCCESS"
