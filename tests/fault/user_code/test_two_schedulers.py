"""Two schedulers of one job, one of them frozen for a while with all its workers (FAULTS 12)."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path

import pytest
from tests.fault.jobs.lab import Lab

pytestmark = [
    pytest.mark.fault,
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc to find processes"),
]

# Every call leaves a row of its own: a range that was committed twice would show twice.
COUNTED = """
    import time, uuid
    from starwhale import evaluation

    @evaluation.predict
    def predict(data):
        evaluation.log("calls", id=uuid.uuid4().hex, metrics={"x": data["x"]})
        time.sleep(0.01)
        return data["x"] * 2
"""


def _freeze(lab: Lab, rng: random.Random) -> None:
    with lab.play("run", "replicas=2") as first:
        lab.until(lambda: lab.durable(first.job) > 0)
        time.sleep(rng.uniform(0, 0.2))
        while _writes(lab, frozen := lab.processes()):
            _send(frozen, signal.SIGCONT)
            time.sleep(0.01)
        before = lab.durable(first.job)
        with lab.play("resume", first.job, "force") as second:
            lab.until(lambda: lab.durable(first.job) > before + 20)
            # The workers first: once their scheduler hears that it has lost the job it ends them.
            _send({pid: frozen[pid] for pid in frozen if pid != first.process.pid}, signal.SIGCONT)
            time.sleep(rng.uniform(0.2, 0.8))
            _send(frozen, signal.SIGCONT)
            assert "another process runs job" in first.end()
            assert second.end() == "SUCCESS"
    lab.check_success(first.job)
    calls = Counter(row["x"] for row in lab.instance.results("self", first.job).scan("calls"))
    assert calls == dict.fromkeys(range(lab.rows), 1)
    lab.until_gone()


def _writes(lab: Lab, processes: dict[int, str]) -> bool:
    """Freeze them, and tell whether one holds the lock of writers: nobody could write until it thaws."""
    _send(processes, signal.SIGSTOP)
    with closing(sqlite3.connect(lab.root / "catalog.sqlite", timeout=0, isolation_level=None)) as catalog:
        try:
            catalog.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        catalog.execute("ROLLBACK")
    return False


def _send(processes: dict[int, str], number: int) -> None:
    for pid in processes:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def test_what_was_frozen_commits_nothing_when_it_thaws(tmp_path: Path) -> None:
    _freeze(Lab(tmp_path, 200, COUNTED), random.Random(1))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 22))
def test_nothing_is_committed_twice_whenever_it_thaws(tmp_path: Path, seed: int) -> None:
    _freeze(Lab(tmp_path, 300, COUNTED), random.Random(seed))
