"""Processes that share a dataset: every row comes once, whoever joins, dies or waits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from starwhale import dataset
from starwhale.catalog.tables.datasets import ConsumptionRow
from starwhale.core.errors import Conflict, UsageError
from starwhale.datasets.consumption import KEPT
from starwhale.instance.local import LocalInstance
from starwhale.kit.process import ProcessId, this_process
from starwhale.kit.times import utc_now

ROWS = 300
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
    # The first stops half-way: what it has not read goes to the other, the row in its hand as well.
    in_hand = seen[-2]
    one.close()
    seen += [row.features["x"] for row in other]
    assert Counter(seen) == Counter([*range(ROWS), in_hand])


def test_a_session_that_is_over_gives_nothing_more(shared: LocalInstance) -> None:
    assert len(list(read())) == ROWS
    assert list(read()) == []
    assert not list((shared.settings.root / "consumption").iterdir())


def test_sessions_are_independent_and_bound_to_a_version(shared: LocalInstance) -> None:
    assert len(list(read("a"))) == len(list(read("b"))) == ROWS
    with dataset("shared") as ds:
        ds.append({"x": ROWS})
        ds.commit()
    with pytest.raises(Conflict, match="reads shared/version/"):
        read("a")
    assert len(list(read("c"))) == ROWS + 1


def test_wrong_requests_are_one_sentence(shared: LocalInstance) -> None:
    with pytest.raises(UsageError, match="cannot hold 0 rows"):
        read(batch=0)
    with pytest.raises(UsageError, match="1 to 255 characters"):
        read("")
    with dataset("shared") as ds:
        ds.append({"x": 1})
        with pytest.raises(UsageError, match="not committed"):
            ds.make_distributed_consumption("s")


def test_a_finished_session_is_forgotten_after_a_while(shared: LocalInstance) -> None:
    assert len(list(read())) == ROWS
    with shared.catalog.begin() as session:
        session.query(ConsumptionRow).update({"finished_at": utc_now() - KEPT - timedelta(minutes=1)})
    assert len(list(read())) == ROWS


def test_of_many_that_begin_a_session_at_once_all_take_part(shared: LocalInstance) -> None:
    view = dataset("shared", readonly=True)
    version = shared.datasets.resolve(shared.actor, view._existing())
    for number in range(20):
        together = threading.Barrier(6)

        def join(name: str, together: threading.Barrier = together) -> int:
            together.wait(60)
            return shared.consumption.join(shared.actor, "self", name, version, ROWS)

        with ThreadPoolExecutor(6) as people:
            assert len(set(people.map(join, [f"session-{number}"] * 6))) == 1


def test_an_expired_lease_of_another_machine_goes_on_behind_nothing(shared: LocalInstance) -> None:
    view = dataset("shared", readonly=True)
    version = shared.datasets.resolve(shared.actor, view._existing())
    service = shared.consumption
    number = service.join(shared.actor, "self", "far", version, ROWS)
    far = ProcessId(host="elsewhere", pid=1, started="1")
    lease = service.claim(number, 50, far)
    assert lease is not None
    assert service.claim(number, 50, this_process()) == type(lease)(start=50, done=50, stop=100, token=2)
    assert service.prolong(number, lease, by=-1)
    again = service.claim(number, 50, this_process())
    assert again is not None
    assert (again.start, again.done, again.stop) == (0, 0, 50)
    assert not service.prolong(number, lease)
    assert not service.finish(shared.actor, number, lease), "a late process may not say that it is done"


@pytest.mark.fault
def test_rows_of_killed_processes_are_consumed_by_the_others(shared: LocalInstance, tmp_path: Path) -> None:
    env = {**os.environ, **shared.settings.to_env()}
    journals = [tmp_path / f"journal-{number}" for number in range(4)]
    processes = [
        subprocess.Popen([sys.executable, "-c", CONSUME, str(journal), "0.01"], env=env)
        for journal in journals
    ]
    for process, journal in zip(processes[:3], journals, strict=False):
        while not journal.exists() or journal.read_text().count("\n") < 10:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert processes[3].wait(timeout=60) == 0
    counted = Counter(int(line) for journal in journals for line in journal.read_text().splitlines())
    assert set(counted) == set(range(ROWS)), "a row was lost"
    twice = [number for number, count in counted.items() if count > 1]
    # Only the row that a process had in hand may come again: it wrote it down and died before asking on.
    assert len(twice) <= 3
    assert max(counted.values()) <= 2
