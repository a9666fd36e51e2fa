"""A person and a server: log in, send, list, fetch; and on after the server died in the middle."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sysconfig
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.e2e.cli.conftest import Shell

SWCLI = Path(sysconfig.get_path("scripts")) / "swcli"
PATIENCE = 60.0
LONG = 280.0
FILES, SIZE = 80, 1 << 20

pytestmark = pytest.mark.e2e


@dataclass
class Process:
    """``swcli server start`` as a process, always on the same port and the same data."""

    root: Path
    port: int
    password: str = ""
    url: str = ""
    running: list[subprocess.Popen[str]] = field(default_factory=list[subprocess.Popen[str]])

    def start(self) -> None:
        told = self.root / "told"
        with told.open("w") as out:
            environ = {"PATH": os.environ["PATH"], "HOME": str(self.root)}
            words = [SWCLI, "server", "start", "--no-detach", "--port", str(self.port)]
            words += ["--data", str(self.root / "data")]
            self.running.append(
                subprocess.Popen(
                    words, env=environ, stdout=out, stderr=out, stdin=subprocess.DEVNULL, text=True
                )
            )
        patience = time.monotonic() + PATIENCE
        while not (found := re.search(rf"at (http://127\.0\.0\.1:{self.port});", _in_a_line(told))):
            assert self.running[-1].poll() is None, told.read_text()
            assert time.monotonic() < patience, told.read_text()
            time.sleep(0.05)
        self.url = found[1]
        shown = re.search(r"password (\S+)", _in_a_line(told))
        self.password = shown[1] if shown else self.password

    def end(self, number: int = signal.SIGTERM) -> None:
        self.running[-1].send_signal(number)
        self.running[-1].wait(PATIENCE)

    def blobs(self) -> dict[str, int]:
        """Inode of each blob of the size of the test's files."""
        found = (self.root / "data/objects/blobs").glob("??/*")
        return {path.name: path.stat().st_ino for path in found if path.stat().st_size == SIZE}


def _in_a_line(path: Path) -> str:
    return " ".join(path.read_text().split())


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Process]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "server").mkdir()
    made = Process(tmp_path / "server", port)
    made.start()
    yield made
    for each in made.running:
        if each.poll() is None:
            each.kill()
            each.wait(PATIENCE)


def person(home: Path, server: Process) -> Shell:
    """Somebody on a machine of his own who is logged in."""
    home.mkdir()
    shell = Shell.at(home)
    login = ("instance", "login", server.url, "--alias", "team", "--username", "admin")
    assert shell(*login, "--password", server.password).returncode == 0
    return shell


def done(shell: Shell, *words: str) -> str:
    ran = shell(*words)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_a_dataset_goes_up_and_comes_down_on_another_machine(server: Process, tmp_path: Path) -> None:
    ada, bob = person(tmp_path / "ada", server), person(tmp_path / "bob", server)
    done(ada, "project", "create", "cloud://team/project/vision")
    rows = "".join(f"{number},text {number}\n" for number in range(500))
    (ada.code / "rows.csv").write_text(f"x,t\n{rows}")
    done(ada, "dataset", "build", "--csv", "rows.csv", "--name", "rows", "--tag", "best")
    done(ada, "dataset", "copy", "rows", "cloud://team/project/vision")
    there = bob.json("dataset", "list", "-p", "cloud://team/project/vision")
    assert [(each["name"], each["tags"]) for each in there] == [("rows", ["latest", "v0", "best"])]
    done(bob, "dataset", "copy", "cloud://team/project/vision/dataset/rows", "local/project/self")
    assert bob.json("dataset", "info", "rows")["version"] == there[0]["version"]
    for shell in (ada, bob):
        done(shell, "dataset", "verify", "rows")
        done(shell, "dataset", "export", "rows", "out.csv")
    assert (ada.code / "out.csv").read_bytes() == (bob.code / "out.csv").read_bytes()
    server.end()
    ran = bob("dataset", "list", "-p", "cloud://team/project/vision")
    assert (ran.returncode, "does not answer" in ran.stderr, len(ran.stderr.splitlines()) <= 2) == (
        11,
        True,
        True,
    )


def test_a_copy_goes_on_after_the_server_was_killed(server: Process, tmp_path: Path) -> None:
    ada = person(tmp_path / "ada", server)
    done(ada, "project", "create", "cloud://team/project/vision")
    (ada.code / "evaluate.py").write_text(
        "from starwhale import evaluation\n\n\n@evaluation.predict\ndef predict(data):\n    return 1\n"
    )
    for number in range(FILES):
        (ada.code / f"{number}.bin").write_bytes(number.to_bytes(4) * (SIZE // 4))
    done(ada, "model", "build", ".", "-m", "evaluate", "--name", "large")
    copying = ada.start("model", "copy", "large", "cloud://team/project/vision")
    ada.wait(lambda: len(server.blobs()) > 10)
    server.end(signal.SIGKILL)
    _, told = copying.communicate(timeout=PATIENCE)
    assert (copying.returncode, "does not answer" in told) == (11, True), told
    arrived = server.blobs()
    assert 10 < len(arrived) < FILES
    server.start()
    assert ada.json("model", "list", "-p", "cloud://team/project/vision") == []
    done(ada, "model", "copy", "large", "cloud://team/project/vision")
    after = server.blobs()
    assert len(after) == FILES
    kept = [name for name, inode in arrived.items() if after[name] == inode]
    assert len(kept) >= len(arrived) - 8  # those under way may have been stored, and not yet noted
    done(ada, "model", "verify", "cloud://team/project/vision/model/large")


COW = """
import os, sys
import cowsay
from starwhale import evaluation, handler


@handler()
def where():
    evaluation.log_summary(prefix=sys.prefix, cow=cowsay.__version__, venv=os.environ.get("VIRTUAL_ENV"))
"""


def test_a_model_of_a_server_runs_on_this_machine_in_the_runtime_that_it_brings(
    server: Process, tmp_path: Path
) -> None:
    index = os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("PIP_INDEX_URL") or "https://pypi.org/simple"
    try:
        urllib.request.urlopen(f"{index.rstrip('/')}/cowsay/", timeout=5).close()
    except OSError:
        pytest.skip("no package index answers")
    ada, bob = person(tmp_path / "ada", server), person(tmp_path / "bob", server)
    cache = os.environ.get("UV_CACHE_DIR", str(Path("~/.cache/uv").expanduser()))
    for shell in (ada, bob):
        shell.environ = {**os.environ, **shell.environ, "UV_CACHE_DIR": cache}
        shell.patience = LONG
    done(ada, "project", "create", "cloud://team/project/vision")
    (ada.code / "runtime.yaml").write_text("name: cows\ndependencies: [{pip: [cowsay==6.1]}]\n")
    (ada.code / "main.py").write_text(COW)
    done(ada, "runtime", "build", "--push", "cloud://team/project/vision")
    done(ada, "model", "build", ".", "-m", "main", "-n", "cow", "-r", "cows")
    done(ada, "model", "copy", "cow", "cloud://team/project/vision")
    run = ("model", "run", "--uri", "cloud://team/project/vision/model/cow", "-h", "where")
    job = bob.json(*run)
    summary = job["summary"]
    assert (summary["cow"], summary["venv"]) == ("6.1", summary["prefix"])
    assert summary["prefix"].startswith(str(bob.home))
    assert bob.json("model", "list") == []
    # What it ran with is there still when the job is made again.
    assert bob.json("job", "rerun", job["id"])["summary"]["cow"] == "6.1"
    named = bob.json(*run, "-fpr", "-r", "cloud://team/project/vision/runtime/cows")
    assert named["summary"]["cow"] == "6.1"
    assert named["runtime"].startswith("team/project/vision/runtime/cows/version/")
    assert bob.json("job", "rerun", named["id"])["summary"]["cow"] == "6.1"
    there = "cloud://team/project/vision/runtime/cows"
    python = bob.json("runtime", "restore", there)["python"]
    assert python.startswith(str(bob.home))
    assert bob.json("runtime", "activate", there)["python"] == python
    ran = done(bob, "runtime", "run", there, "--", "python", "-c", "import cowsay; print(cowsay.__version__)")
    assert ran.split() == ["6.1"]


SERVED = """
from starwhale.api.service import api


@api()
def double(x: int) -> int:
    return 2 * x
"""


def test_a_model_of_a_server_is_served_on_this_machine(server: Process, tmp_path: Path) -> None:
    ada, bob = person(tmp_path / "ada", server), person(tmp_path / "bob", server)
    done(ada, "project", "create", "cloud://team/project/vision")
    (ada.code / "serve.py").write_text(SERVED)
    done(ada, "model", "build", ".", "-m", "serve", "-n", "twice", "-p", "cloud://team/project/vision")
    serving = bob.start("model", "serve", "--uri", "cloud://team/project/vision/model/twice", "--port", "0")
    assert serving.stdout is not None
    line = ""
    while "http://" not in line:
        line = serving.stdout.readline()
        assert line, serving.stderr.read() if serving.stderr else ""
    url = re.search(r"http://[0-9.:]+", line)
    assert url is not None
    asked = urllib.request.Request(
        f"{url[0]}/api/double", data=b'{"x": 21}', headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
        assert b"42" in answer.read()
    serving.send_signal(signal.SIGTERM)
    serving.communicate(timeout=PATIENCE)
