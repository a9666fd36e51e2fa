"""Children of the user's code that make sessions of their own end with the job all the same."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests.fault.jobs.lab import NEEDS_PROC, Lab

from starwhale.kit.leftovers import TREE

pytestmark = [pytest.mark.fault, NEEDS_PROC]

DAEMONS = """
    import os, pathlib, subprocess, sys, time
    from starwhale import evaluation

    program = "import os, signal, time; [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)]; "
    second = "os.fork() and os._exit(0); os.setsid(); time.sleep(300)"

    @evaluation.predict
    def predict(data):
        if data["x"] == 3:
            for words in (["sleep", "300"], [sys.executable, "-S", "-c", program + second]):
                subprocess.Popen(words, start_new_session=True)
            free = {name: value for name, value in os.environ.items() if not name.startswith("STARWHALE_")}
            apart = subprocess.Popen(["sleep", "301"], start_new_session=True, env=free)
            with open("apart", "a") as file:
                print(apart.pid, file=file)
        time.sleep(0.04 if pathlib.Path("apart").exists() else 0)
        return data["x"] * 2
"""


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    made = Lab(tmp_path, 60, DAEMONS)
    yield made
    # What was started without the mark is meant to live on.
    apart = made.workdir / "apart"
    for pid in apart.read_text().split() if apart.exists() else ():
        with suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)


def daemons(lab: Lab) -> list[int]:
    found = lab.processes().items()
    return [pid for pid, said in found if said.startswith("sleep 300") or "os.setsid()" in said]


def begun(lab: Lab) -> Callable[[], bool]:
    """The daemons run, each in a session of its own, the second one after it has forked."""

    def holds() -> bool:
        found = daemons(lab)
        with suppress(ProcessLookupError):
            alone = all(os.getsid(pid) == pid for pid in found)
            return len(found) == 2 and alone and (lab.workdir / "apart").exists()
        return False

    return holds


def left(lab: Lab) -> list[str]:
    return list(lab.processes().values())


def only_the_free_one(lab: Lab) -> bool:
    return [said.strip() for said in left(lab)] == ["sleep 301"]


def test_they_are_gone_when_the_job_is_canceled(lab: Lab) -> None:
    with lab.play("run") as play:
        lab.until(begun(lab), what="no daemons")
        lab.jobs.cancel(lab.actor, lab.uri(play.job))
        assert play.end().startswith("CANCELED")
        assert only_the_free_one(lab), left(lab)


def test_they_are_gone_when_the_job_is_done(lab: Lab) -> None:
    with lab.play("run") as play:
        assert play.end().startswith("SUCCESS")
        assert only_the_free_one(lab), left(lab)


def test_they_are_gone_when_their_worker_is_killed(lab: Lab) -> None:
    with lab.play("run") as play:
        lab.until(begun(lab), what="no daemons")
        before = daemons(lab)
        os.kill(lab.workers()[0], signal.SIGKILL)
        lab.until(lambda: not set(before) & set(daemons(lab)), 5)
        assert play.end().startswith("SUCCESS")


def test_they_are_gone_when_the_scheduler_is_killed_and_those_of_a_later_job_stay(lab: Lab) -> None:
    with lab.play("run") as play:
        lab.until(begun(lab), what="no daemons")
        before = daemons(lab)
        later = subprocess.Popen(["sleep", "302"], env={**os.environ, TREE: "0" * 32}, start_new_session=True)
        play.kill()
        lab.until(lambda: only_the_free_one(lab), 5, "left over")
        with lab.play("resume", play.job) as again:
            assert again.end().startswith("SUCCESS")
        lab.check_success(play.job)
        assert not set(before) & set(daemons(lab))
        assert later.poll() is None
        later.kill()
        later.wait()
