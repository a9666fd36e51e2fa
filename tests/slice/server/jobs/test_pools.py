"""What a pool says about resources holds for the steps that run in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.slice.server.jobs.conftest import CODE, Live, until

from starwhale.core.resources import GPU

JOBS, POOLS = "/api/v1/projects/self/jobs", "/api/v1/pools"
MB = 1 << 20
EATER = """
    @handler
    def eat():
        print("ate", len(bytearray(2 << 30)))
"""


def ask(live: Live, pool: str, resources: dict[str, Any] | None = None, handler: str = "fail") -> Any:
    steps = {} if resources is None else {f"code_of_user:{handler}": {"resources": resources}}
    asked = {"model": "m", "handler": f"code_of_user:{handler}", "pool": pool, "steps": steps}
    return live.client().post(JOBS, json=asked)


def make(live: Live, name: str, bounds: dict[str, Any]) -> None:
    made = live.client().post(POOLS, json={"name": name, "bounds": bounds})
    assert made.status_code == 201, made.text


def test_a_step_that_asks_for_nothing_is_held_to_the_most_of_its_pool(live: Live, tmp_path: Path) -> None:
    live.stock(tmp_path / "code", rows=0, code=CODE + EATER)
    make(live, "small", {"memory": {"most": "1Gi"}})
    made = ask(live, "small", handler="eat")
    assert made.status_code == 201, made.text
    ended = until(live.client(), made.json()["id"], "SUCCESS", "FAIL")
    assert ended["state"] == "FAIL"
    assert "MemoryError" in ended["cause"]


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        (None, {"request": 0, "limit": 100 * MB}),
        ({"memory": 0}, {"request": 0, "limit": 100 * MB}),
        ({"memory": {"request": "50Mi"}}, {"request": 50 * MB, "limit": 100 * MB}),
        ({"memory": {"limit": "60Mi"}}, {"request": 60 * MB, "limit": 60 * MB}),
        ({"memory": "70Mi"}, {"request": 70 * MB, "limit": 70 * MB}),
    ],
)
def test_no_way_of_asking_gets_around_a_limit(
    live: Live, asked: dict[str, Any] | None, given: dict[str, int]
) -> None:
    make(live, "tiny", {"memory": {"most": "100Mi"}, "gpu": {"most": 2}})
    made = ask(live, "tiny", asked)
    assert made.status_code == 201, made.text
    resources = made.json()["plan"]["steps"][0]["spec"]["resources"]
    assert resources == {"memory": given, GPU: {"request": 0, "limit": 0}}


def test_a_step_that_asks_for_more_than_the_pool_gives_is_refused(live: Live) -> None:
    make(live, "tiny", {"memory": {"most": "100Mi"}})
    refused = ask(live, "tiny", {"memory": {"request": "101Mi"}})
    assert refused.status_code == 400
    assert "gives at most 104,857,600 bytes of memory" in refused.json()["detail"]


def test_a_private_default_is_no_default_for_others(live: Live) -> None:
    made = live.client().post(POOLS, json={"name": "default", "private": True})
    assert made.status_code == 201, made.text
    make(live, "open", {})
    bob = live.client("bob", admin=False)
    assert [each["name"] for each in bob.get(POOLS).json()["items"]] == ["open"]
    refused = bob.get(f"{POOLS}/default").json()
    assert (refused["detail"], refused["hint"]) == (
        "no resource pool 'default'",
        "name one that you may use: open",
    )
