"""Jobs of a pool run on the servers that have its labels, and nowhere else."""

from __future__ import annotations

from pathlib import Path

from starlette.testclient import TestClient
from tests.slice.server.jobs.conftest import Live, Server, until
from tests.slice.server.jobs.test_runs import JOBS, order

from starwhale.jobs.capacity import Capacity
from starwhale.jobs.hosts import Host
from starwhale.server.settings import ServerSettings

WAITS = "no server that runs has the labels gpu=a100, zone=b that pool 'gpus' wants; it waits for one"


def make_pool(client: TestClient) -> None:
    labels = {"gpu": "a100", "zone": "b"}
    assert client.post("/api/v1/pools", json={"name": "gpus", "labels": labels}).status_code == 201


def test_a_job_waits_for_a_server_that_has_the_labels(
    tmp_path: Path, server_settings: ServerSettings
) -> None:
    with Server(server_settings.model_copy(update={"labels": {"gpu": "a100", "zone": "a"}})) as live:
        live.stock(tmp_path / "code")
        client = live.client()
        make_pool(client)
        job = order(client, "secrets", pool="gpus")
        # What is ordered later runs, although it is behind the other in the queue.
        until(client, order(client, "secrets"), "SUCCESS")
        found = client.get(f"{JOBS}/{job}").json()
        assert (found["state"], found["cause"]) == ("CREATED", WAITS)
    with Server(
        server_settings.model_copy(update={"labels": {"gpu": "a100", "zone": "b", "x": "y"}})
    ) as live:
        ended = until(live.client(), job, "SUCCESS", "FAIL")
        assert (ended["state"], ended["cause"]) == ("SUCCESS", "")


def test_servers_are_known_as_long_as_they_run(live: Live) -> None:
    hosts, house = live.services.jobs.hosts, live.services
    host = Host(labels={"gpu": "a100", "zone": "b"}, capacity=Capacity(millicores=1000, memory=1 << 30))
    make_pool(live.client())
    job = order(live.client(), "secrets", pool="gpus")

    def cause() -> str:
        return live.client().get(f"{JOBS}/{job}").json()["cause"]

    assert cause() == WAITS
    hosts.announce(host)
    hosts.announce(host)
    assert cause() == ""
    with house.catalog.read() as session:
        assert [each.labels for each in hosts.alive(session) if each.id == host.id] == [host.labels]
    hosts.withdraw(host)
    assert cause() == WAITS
