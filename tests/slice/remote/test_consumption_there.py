"""Processes that share a dataset of a server: every row comes once, whoever joins, dies or waits."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.remote_server import ROOT, Served

from starwhale import dataset
from starwhale.client.http import Http
from starwhale.core.errors import Conflict, NotFound, StarwhaleError, Unauthorized, UsageError
from starwhale.core.permissions import Role
from starwhale.instance.local import LocalInstance
from starwhale.instance.remote import RemoteInstance
from starwhale.kit.process import ProcessId, this_process

ROWS = 200
CONSUME = """
import sys, time
from starwhale import dataset
journal = open(sys.argv[1], "a", buffering=1)
ds = dataset("shared", readonly=True).make_distributed_consumption("s", batch_size=7)
for row in ds:
    time.sleep(float(sys.argv[2]))
    print(row.index, file=journal)
"""


@pytest.fixture
def shared(here: LocalInstance) -> LocalInstance:
    with dataset("shared") as ds:
        for number in range(ROWS):
            ds.append({"x": number})
        ds.commit()
    return here


def read(session: str = "s", batch: int = 7) -> Any:
    return dataset("shared", readonly=True).make_distributed_consumption(session, batch)


def test_two_readers_get_every_row_once(shared: LocalInstance) -> None:
    one, other = iter(read()), iter(read())
    seen: list[int] = []
    for _ in range(20):
        seen += [next(one).features["x"], next(other).features["x"]]
    in_hand = seen[-2]
    one.close()
    seen += [row.features["x"] for row in other]
    assert Counter(seen) == Counter([*range(ROWS), in_hand])
    assert list(read()) == [], "a session that is over gives nothing more"
    assert not list((shared.settings.cache / "consumption").glob("*/*"))


def test_a_session_is_bound_to_a_version(shared: LocalInstance) -> None:
    assert len(list(read("a"))) == ROWS
    with dataset("shared") as ds:
        ds.append({"x": ROWS})
        ds.commit()
    with pytest.raises(Conflict, match="reads shared/version/"):
        read("a")
    with pytest.raises(UsageError):
        read("")


def far_claims(team: RemoteInstance, project: str, batch: int = 50) -> tuple[Any, int, Any]:
    """A process on another machine that has rows."""
    version = team.artifacts.head(team.actor, project, dataset("shared")._uri.kind, "shared")
    assert version is not None
    number = team.consumption.join(team.actor, project, "s", version, 0)
    lease = team.consumption.claim(number, batch, ProcessId(host="elsewhere", pid=1, started="1"))
    assert lease is not None
    return team.consumption, number, lease


def test_another_machine_goes_on_where_a_process_said_it_was(
    shared: LocalInstance, team: RemoteInstance, project: str
) -> None:
    service, number, lease = far_claims(team, project)
    assert (lease.start, lease.done, lease.stop) == (0, 0, 50)
    assert service.advance(number, lease.token, 20)
    assert service.prolong(number, lease, by=-1), "its lease ends"
    again = service.claim(number, 50, this_process())
    assert (again.start, again.done, again.stop, again.before) == (20, 20, 50, lease.token)
    assert not service.advance(number, lease.token, 30), "a late process counts no more"
    assert not service.prolong(number, lease)
    assert not service.finish(team.actor, number, lease)
    assert service.finish(team.actor, number, again)
    assert [row.features["x"] for row in read()] == list(range(50, ROWS))


def test_who_may_only_read_takes_no_rows_away(
    server: Served, shared: LocalInstance, team: RemoteInstance, project: str, tmp_path: Path
) -> None:
    service, number, _ = far_claims(team, project)
    guest = f"eve-{secrets.token_hex(4)}"
    with server.instance(tmp_path / "guest", guest) as other:
        version = team.artifacts.head(team.actor, project, dataset("shared")._uri.kind, "shared")
        assert version is not None
        for attempt in (
            lambda: other.consumption.join(other.actor, project, "s", version, 0),
            lambda: other.http.post(f"/consumptions/{number}/claim", body()),
            lambda: other.http.get(f"/consumptions/{number}"),
            lambda: other.http.post("/consumptions/999999/claim", body()),
        ):
            with pytest.raises(NotFound):
                attempt()
        server.services.members.put(ROOT, project, guest, Role.GUEST)
        server.app.state.callers.forget()
        own = other.consumption.join(other.actor, project, "s", version, 0)
        assert own != number
        lease = other.consumption.claim(own, 7, this_process())
        assert lease is not None
        assert lease.start == 0
        with pytest.raises(NotFound, match="session is not there"):
            other.http.post(f"/consumptions/{number}/claim", body())
        for verb in ("prolong", "advance", "finish"):
            done = {"done": 1} if verb == "advance" else {}
            with pytest.raises(NotFound, match="session is not there"):
                other.http.post(f"/consumptions/{number}/{verb}", {"token": 1, **done})
    server.services.project_browser.change(ROOT, project, public=True)
    asked = {"session": "s", "dataset": "shared", "version": "latest"}
    with Http(server.url) as nobody:
        with pytest.raises(Unauthorized):
            nobody.get(f"/consumptions/{number}")
        with pytest.raises(Unauthorized):
            nobody.post(f"/projects/{project}/consumptions", asked)
    assert service.is_finished(number) is False


def body() -> dict[str, Any]:
    return {"batch": 1, "host": "h", "pid": 1, "started": "1"}


@pytest.mark.fault
def test_rows_of_killed_processes_are_consumed_by_the_others(shared: LocalInstance, tmp_path: Path) -> None:
    journals = [tmp_path / f"journal-{number}" for number in range(3)]
    processes = [
        subprocess.Popen([sys.executable, "-c", CONSUME, str(journal), "0.01"], env=dict(os.environ))
        for journal in journals
    ]
    for process, journal in zip(processes[:2], journals, strict=False):
        while not journal.exists() or journal.read_text().count("\n") < 10:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert processes[2].wait(timeout=120) == 0
    counted = Counter(int(line) for journal in journals for line in journal.read_text().splitlines())
    assert set(counted) == set(range(ROWS)), "a row was lost"
    # Only the row that a process had in hand may come again: it wrote it down and died before asking on.
    assert sum(count - 1 for count in counted.values()) <= 2


def test_what_is_wrong_is_one_sentence(shared: LocalInstance, team: RemoteInstance) -> None:
    with pytest.raises(StarwhaleError, match="session is not there"):
        team.http.post("/consumptions/4711/finish", {"token": 1})
