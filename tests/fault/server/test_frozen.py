"""A server that stands still with all its workers while others take over repeats nothing (FAULTS 12)."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from sqlalchemy import func, select, text
from tests.fault.server.server_process import ServerProcess
from tests.postgres import PostgresServer

from starwhale.catalog.tables.jobs import JobRow, RangeRow
from starwhale.client.http import Http
from starwhale.core.settings import Settings
from starwhale.evaluations.results import ResultStore
from starwhale.models.builder import BuildRequest
from starwhale.models.discovery import discover
from starwhale.server.services import Services

pytestmark = [
    pytest.mark.fault,
    pytest.mark.skipif(
        shutil.which("unshare") is None
        or subprocess.run(["unshare", "--uts", "true"], capture_output=True, check=False).returncode != 0,
        reason="needs names of machines of its own (unshare --uts)",
    ),
]

PATIENCE = 90.0
# Every call leaves a row of its own: a range that was committed twice would show twice.
CODE = """
    import time, uuid
    from starwhale import evaluation

    @evaluation.predict(replicas=2)
    def predict(data):
        evaluation.log("calls", id=uuid.uuid4().hex, metrics={"x": data["x"]})
        time.sleep(0.02)
        return data["x"] * 2
"""


@dataclass
class Several:
    """Servers, each on a machine of its own as far as they know, with one catalog and one store."""

    house: Services
    servers: list[ServerProcess]
    rows: int
    token: str = ""

    def __post_init__(self) -> None:
        self.token = self.servers[0].login()

    def begin(self) -> str:
        """Have a job made; its id."""
        with Http(self.servers[-1].url, self.token) as http:
            order = {"model": "m", "handler": "code_of_user:predict", "datasets": ["d"]}
            return str(http.post("/projects/self/jobs", order)["id"])

    def job(self, job: str, by: ServerProcess) -> dict[str, Any]:
        with Http(by.url, self.token) as http:
            return http.get(f"/projects/self/jobs/{job}")

    def durable(self, job: str) -> int:
        """Rows that the catalog says are done."""
        with self.house.catalog.read() as session:
            return session.scalar(select(func.sum(RangeRow.done)).where(RangeRow.job_id == job)) or 0

    def owner(self, job: str) -> int:
        """Process that runs a job."""
        with self.house.catalog.read() as session:
            return session.execute(select(JobRow.owner_pid).where(JobRow.id == job)).scalar_one()

    def freeze(self, server: ServerProcess) -> list[int]:
        """Have a server stand still, not in the midst of a transaction: nobody could write until it thaws."""
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        waiting += " AND state LIKE 'idle in transaction%'"
        while True:
            frozen = server.tree()
            send(frozen, signal.SIGSTOP)
            with self.house.catalog.connect() as connection:
                time.sleep(0.05)
                if not connection.scalar(text(waiting)):
                    return frozen
            send(frozen, signal.SIGCONT)
            time.sleep(0.02)


def send(processes: Iterable[int], number: int) -> None:
    for pid in processes:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def until(holds: Any, what: str) -> None:
    patience = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < patience, what
        time.sleep(0.05)


@pytest.fixture
def several(
    request: pytest.FixtureRequest, tmp_path: Path, postgres_server: PostgresServer
) -> Iterator[Several]:
    count, lease, rows = request.param
    objects, url = tmp_path / "objects", postgres_server.create()
    store = replace(Settings.at(tmp_path / "own"), catalog_url=url, objects_url=str(objects))
    house = Services(store)
    code = tmp_path / "code"
    code.mkdir()
    (code / "code_of_user.py").write_text(dedent(CODE))
    wanted = BuildRequest(workdir=code, name="m", modules=("code_of_user",))
    house.models.build(house.actor, "self", wanted, discover=discover)
    writer = house.datasets.writer(house.actor, "self", "d", None)
    for row in range(rows):
        writer.put(row, {"x": row})
    writer.commit()
    writer.close()
    words = ("--catalog-url", url, "--objects-url", str(objects))
    env = {"SW_SERVER_LEASE": str(lease)}
    servers: list[ServerProcess] = []
    try:
        for number in range(count):
            place, host = tmp_path / f"data-{number}", f"machine-{number}"
            made = ServerProcess(place, *words, host=host, first=number == 0, env=env)
            servers.append(made)
        yield Several(house, servers, rows)
    finally:
        for each in servers:
            assert each.process is not None
            tree = each.tree() if each.process.poll() is None else []
            send(tree, signal.SIGCONT)
            each.close()
            send(tree, signal.SIGKILL)
        house.close()
        postgres_server.drop(url)


def check(several: Several, seconds: float) -> None:
    """Freeze the server that runs a job for so long at least, and until another one has done some of it."""
    job = several.begin()
    until(lambda: several.durable(job) > 0, "nothing is done")
    owner = several.owner(job)
    [cold] = [each for each in several.servers if each.process and each.process.pid == owner]
    others = [each for each in several.servers if each is not cold]
    frozen, began = several.freeze(cold), time.monotonic()
    before = several.durable(job)
    assert before < several.rows
    until(lambda: several.durable(job) >= min(before + 20, several.rows), "nobody takes over")
    assert several.owner(job) != owner
    time.sleep(max(0.0, began + seconds - time.monotonic()))
    # The workers first, until they have something to report: once their scheduler hears that it has lost the
    # job it ends them.
    send(frozen[1:], signal.SIGCONT)
    time.sleep(1.0)
    send(frozen, signal.SIGCONT)
    until(lambda: several.job(job, others[0])["state"] in {"SUCCESS", "FAIL"}, "it does not end")
    until(lambda: cold.ready, "it does not thaw")
    found = several.job(job, cold)
    assert (found["state"], found["done"], found["failed"]) == ("SUCCESS", several.rows, 0), found["cause"]
    results = ResultStore(several.house.tables, project="self", job=job)
    rows = Counter(row["_index"] for row in results.scan("results"))
    calls = Counter(row["x"] for row in results.scan("calls"))
    assert rows == calls == dict.fromkeys(range(several.rows), 1)
    print(f"{len(several.servers)} servers, frozen for {time.monotonic() - began:.0f} s: no row twice")


@pytest.mark.parametrize("several", [(2, 1, 400)], indirect=True, ids=["2"])
def test_what_was_frozen_commits_nothing_when_it_thaws(several: Several) -> None:
    check(several, 0)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("several", [(2, 5, 1000), (5, 5, 1000)], indirect=True, ids=["2", "5"])
def test_what_was_frozen_for_a_minute_commits_nothing_when_it_thaws(several: Several) -> None:
    check(several, 60)
