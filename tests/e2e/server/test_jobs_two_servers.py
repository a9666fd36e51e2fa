"""Two servers on one PostgreSQL and one store of objects: one is killed, and its jobs go on at the other."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sysconfig
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from sqlalchemy import select
from tests.postgres import PostgresServer

from starwhale.accounts.tokens import TokenService
from starwhale.catalog.tables.jobs import JobRow
from starwhale.client.http import Http
from starwhale.client.shells import open_terminal
from starwhale.core.actor import Actor
from starwhale.core.settings import Settings
from starwhale.core.uri import JobUri
from starwhale.evaluations.results import ResultStore
from starwhale.jobs.executors.terminal import Ended, Screen
from starwhale.models.builder import BuildRequest
from starwhale.models.discovery import discover
from starwhale.server.services import Services

SWCLI = Path(sysconfig.get_path("scripts")) / "swcli"
PATIENCE = 60.0
ROWS = 150
CODE = """
    import time
    from starwhale import evaluation

    @evaluation.predict
    def predict(data):
        print("row", data["x"], flush=True)
        time.sleep(0.05)
        return data["x"]

    @evaluation.evaluate(needs=[predict])
    def total(results):
        evaluation.log_summary({"total": sum(row["output"] for row in results)})
"""

pytestmark = pytest.mark.e2e


class Server:
    """``swcli server start``, with a data directory of its own."""

    def __init__(self, root: Path, catalog: str, objects: Path) -> None:
        root.mkdir()
        self._told = root / "told"
        words = [SWCLI, "server", "start", "--no-detach", "--port", "0", "--data", root / "data"]
        words += ["--catalog-url", catalog, "--objects-url", objects]
        with self._told.open("w") as out:
            self.process = subprocess.Popen(
                list(map(str, words)),
                env={"PATH": os.environ["PATH"], "HOME": str(root), "SW_LEASE_SECONDS": "5"},
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def url(self) -> str:
        patience = time.monotonic() + PATIENCE
        while not (found := re.search(r"http://127\.0\.0\.1:\d+", self._told.read_text())):
            assert self.process.poll() is None, self._told.read_text()
            assert time.monotonic() < patience, self._told.read_text()
            time.sleep(0.05)
        return found[0]

    def kill(self) -> None:
        """Kill all its processes at once; workers of jobs are in groups of their own."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(PATIENCE)


@pytest.fixture
def house(tmp_path: Path, postgres_server: PostgresServer) -> Iterator[Services]:
    """What both servers have in common, with a model and a dataset in it."""
    objects = tmp_path / "objects"
    url = postgres_server.create()
    own = replace(Settings.at(tmp_path / "own"), catalog_url=url, objects_url=str(objects))
    services = Services(own)
    code = tmp_path / "code"
    code.mkdir()
    (code / "code_of_user.py").write_text(dedent(CODE))
    request = BuildRequest(workdir=code, name="m", modules=("code_of_user",))
    services.models.build(services.actor, "self", request, discover=discover)
    writer = services.datasets.writer(services.actor, "self", "d", None)
    for row in range(ROWS):
        writer.put(row, {"x": row})
    writer.commit()
    writer.close()
    yield services
    services.close()
    postgres_server.drop(url)


def token_of(house: Services) -> str:
    house.users.ensure_administrator()
    user = house.users.list(house.actor).items[0]
    me = Actor(name=user.name, admin=True, user=user.id)
    return TokenService(house.catalog).create(me, "test")[1]


def until(http: Http, path: str, enough: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    patience = time.monotonic() + PATIENCE
    while not enough(found := http.get(path)):
        assert found["state"] != "FAIL", found["cause"]
        assert time.monotonic() < patience, found
        time.sleep(0.1)
    return found


def test_the_jobs_of_a_server_that_is_killed_go_on_at_another(tmp_path: Path, house: Services) -> None:
    token, catalog, objects = token_of(house), house.settings.catalog_url, Path(house.settings.objects_url)
    servers = [Server(tmp_path / name, catalog, objects) for name in ("one", "two")]
    try:
        doors = [Http(server.url(), token) for server in servers]
        order = {"model": "m", "handler": "code_of_user:total", "datasets": ["d"], "debug": True}
        job = doors[0].post("/projects/self/jobs", order)["id"]
        path = f"/projects/self/jobs/{job}"
        until(doors[1], path, lambda found: found["state"] == "RUNNING" and 0 < found["done"] < ROWS)
        for door in doors:
            patience = time.monotonic() + 5
            while not door.send("GET", f"{path}/logs/0.0").text.startswith("row 0\n"):
                assert time.monotonic() < patience
                time.sleep(0.1)
            # Both run on the machine of the job, so each has a way into its task.
            uri = JobUri(instance="local", project="self", job=job)
            with open_terminal(door, uri, "0.0", ["true"], Screen(plain=True)) as terminal:
                assert terminal.receive() == Ended(status=0)
        with house.catalog.read() as session:
            owner = session.execute(select(JobRow.owner_pid).where(JobRow.id == job)).scalar_one()
        at = [server.process.pid for server in servers].index(owner)
        servers[at].kill()
        there = doors[1 - at]
        ended = until(there, path, lambda found: found["state"] in {"SUCCESS", "FAIL"})
        assert (ended["state"], ended["done"], ended["failed"]) == ("SUCCESS", ROWS, 0), ended["cause"]
        causes = [each["cause"] for each in there.get(f"{path}/events")["items"]]
        assert any("taken over" in cause for cause in causes)
        printed = there.send("GET", f"{path}/logs/0.0").text
        assert printed.startswith("row 0\n")
        assert f"row {ROWS - 1}\n" in printed
        # What was durable before the kill was not done again.
        assert printed.count("row 0\n") == 1
        results = ResultStore(house.tables, project="self", job=job)
        assert sorted(row["output"] for row in results.scan("results")) == list(range(ROWS))
        assert results.get_summary() == {"total": sum(range(ROWS))}
        for door in doors:
            door.close()
    finally:
        for server in servers:
            server.kill()
