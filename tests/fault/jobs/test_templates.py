"""Nothing is left of jobs whose workers came from a template, whoever is killed, and no row is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from tests.fault.jobs.lab import Lab, Make, Play
from tests.fault.jobs.test_kill import DOUBLE

from starwhale.jobs.executors.templates import supported

pytestmark = [
    pytest.mark.fault,
    pytest.mark.skipif(not supported(), reason="there are no templates here"),
]

#: Children that leave the group and are no programs of their own: nothing but the mark tells whose they are.
FORKS = """
    import os, signal, time
    from starwhale import evaluation

    @evaluation.predict
    def predict(data):
        if data["x"] == 3:
            for _ in range(2):
                if os.fork() == 0:
                    os.setsid()
                    signal.signal(signal.SIGTERM, signal.SIG_IGN)
                    os.fork()
                    time.sleep(600)
            open("ready", "w").close()
            time.sleep(600)
        return data["x"] * 2
"""


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    monkeypatch.setenv("SW_WORKER_TEMPLATE", "1")
    return lambda rows, code: Lab(tmp_path, rows, code)


def test_a_killed_template_takes_no_worker_along_and_no_row(make: Make) -> None:
    lab = make(600, DOUBLE)
    with lab.play("run", "replicas=2") as play:
        lab.until(lambda: lab.durable(play.job) > 20)
        (template,) = lab.templates()
        workers = lab.workers()
        os.kill(template, signal.SIGKILL)
        before = lab.durable(play.job)
        lab.until(lambda: lab.durable(play.job) > before)
        assert set(lab.workers()) == set(workers)
        os.kill(workers[0], signal.SIGKILL)
        assert play.end() == "SUCCESS"
        lab.check_success(play.job)
        history = lab.jobs.events(lab.actor, lab.uri(play.job))
        assert any("the worker was killed" in event.cause for event in history)
    lab.until_gone()


@pytest.mark.parametrize("victims", ["worker", "scheduler", "template and worker", "template and scheduler"])
def test_forks_in_sessions_of_their_own_end_too(make: Make, victims: str) -> None:
    lab = make(20, FORKS)
    with lab.play("run") as play:
        lab.until((lab.workdir / "ready").exists)
        (worker,) = (pid for pid in lab.workers() if _is_worker(lab, pid))
        # It and its guard, two forks, and one of each of these.
        lab.until(lambda: len(_left(lab, play)) == 6)
        left = _left(lab, play)
        if "template" in victims:
            os.kill(lab.templates()[0], signal.SIGKILL)
        if "worker" in victims:
            os.kill(worker, signal.SIGKILL)
            lab.until(lambda: not left & set(lab.processes()), 3)
        if "scheduler" in victims:
            play.kill()
            lab.until_gone(3)
    lab.until_gone()


def _left(lab: Lab, play: Play) -> set[int]:
    return set(lab.processes()) - set(lab.templates()) - {play.process.pid}


def _is_worker(lab: Lab, pid: int) -> bool:
    """Its parent is the template; those of its forks are itself."""
    stat = Path(f"/proc/{pid}/stat").read_text()
    return int(stat.rpartition(")")[2].split()[1]) in lab.templates()


NOTEBOOK = """
    import os, sys
    from pathlib import Path
    from starwhale.jobs.executors.local import LocalExecutor
    from starwhale.jobs.executors.port import Outfit

    def parents(place):
        with LocalExecutor(Path(sys.argv[1]) / "run") as executor:
            executor.discover(Outfit(workdir=Path(sys.argv[1]), modules=("code_of_user",)))
            return int((Path(sys.argv[1]) / "parent").read_text())

    first = parents("a")
    assert parents("a") == first != os.getpid()
    child = os.fork()
    if child == 0:
        mine = parents("b")
        assert mine not in (first, os.getpid()), (mine, first)
        assert parents("b") == mine
        print("child", mine, flush=True)
        sys.exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    # What the child did at its end is nothing to us.
    assert parents("a") == first
    print("parent", first, flush=True)
    {end}
"""


@pytest.mark.parametrize("end", ["pass", "os._exit(0)", "os.kill(os.getpid(), 9)"])
def test_a_fork_of_the_scheduler_has_its_own_and_leaves_none(make: Make, tmp_path: Path, end: str) -> None:
    lab = make(1, "import os\nfrom pathlib import Path\nPath('parent').write_text(str(os.getppid()))")
    program = dedent(NOTEBOOK).replace("{end}", end)
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, str(lab.workdir)],
        env={**os.environ, "SW_TEST_MARK": lab.mark},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.stderr == ""
    assert [line.split()[0] for line in ran.stdout.splitlines()] == ["child", "parent"]
    lab.until_gone(2)
