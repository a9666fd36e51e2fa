"""Jobs that a server runs, from the order to the results."""

from __future__ import annotations

from starwhale.evaluations.results import ResultStore
from tests.slice.server.jobs.conftest import Live, until


def test_an_evaluation_runs_beside_the_server(live: Live) -> None:
    client = live.client()
    asked = {"model": "m", "handler": "code_of_user:total", "datasets": ["d"]}
    made = client.post("/api/v1/projects/self/jobs", json=asked)
    assert made.status_code == 201, made.text
    ended = until(client, made.json()["id"], "SUCCESS", "FAIL")
    assert ended["state"] == "SUCCESS", ended["cause"]
    assert (ended["rows"], ended["done"]) == (20, 20)
    house = live.services
    results = ResultStore(house.tables, project="self", job=ended["id"])
    assert results.get_summary()["total"] == sum(range(20)) * 2
    assert len(list(results.scan("results"))) == 20
