"""Workers that run as a user who owns nothing: a real server of root's, whose jobs are nobody's."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.readable_python import environment_of, readable_python
from tests.slice.server.jobs.conftest import Live

from starwhale.core.errors import UsageError
from starwhale.core.settings import Settings
from starwhale.jobs.executors.confinement import MOST_PROCESSES
from starwhale.jobs.executors.users import check_user
from starwhale.server.app import create_app
from starwhale.server.settings import ServerSettings

USER = "nobody"
PATIENCE = 90.0
SECRET = "canary-of-the-server-s-environment"
CODE = """
    import os, resource, signal, subprocess, sys
    from pathlib import Path
    from starwhale import handler

    def tries(what, do):
        try:
            do()
        except PermissionError:
            print("refused", what)
        else:
            print("could", what)

    @handler
    def look():
        print("user", os.getuid(), os.geteuid(), os.getgid(), os.getgroups())
        print("variables", *sorted(os.environ))
        print("values", *(value for name, value in os.environ.items() if "SECRET" in name))
        print("core", *resource.getrlimit(resource.RLIMIT_CORE))
        print("processes", resource.getrlimit(resource.RLIMIT_NPROC)[1])
        root = Path(os.environ["HOME"]).parents[2]
        server = int((root.parent / "server.pid").read_text())
        tries("list the root", lambda: list(root.iterdir()))
        tries("list the jobs", lambda: list((root / "run").iterdir()))
        for name in (root.parent / "names").read_text().splitlines():
            tries("read " + name, lambda: os.close(os.open(root / name, os.O_RDONLY)))
        tries("write into the root", lambda: (root / "x").write_text("x"))
        for name in ("environ", "mem", "maps"):
            tries("open " + name, lambda: open(f"/proc/{server}/{name}", "rb").read(1))
        tries("see its files", lambda: os.listdir(f"/proc/{server}/fd"))
        tries("signal it", lambda: os.kill(server, signal.SIGTERM))
        tries("be root", lambda: os.setuid(0))
        own = Path(os.environ["HOME"])
        (own / "mine").write_text("mine")
        print("own", own.joinpath("mine").read_text())
        left = subprocess.Popen(["sleep", "3600"], start_new_session=True)
        print("left", left.pid)
"""
FORBIDDEN = 9  # and each name below the root
NEEDED = {"HOME", "PATH", "SW_LEASE_SECONDS", "SW_WORK_TOKEN", "SW_WORK_URL", "STARWHALE_WORKER_TREE"}


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A directory that everybody may pass through, as those of a server are."""
    place = Path(tempfile.mkdtemp(prefix="starwhale-user-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


@pytest.fixture
def python(open_place: Path) -> Path:
    """An interpreter that root and `USER` run."""
    if os.geteuid() != 0:
        pytest.skip("takes root to start something as somebody else")
    found = readable_python(open_place / "python", USER)
    if found is None:
        pytest.skip("the installed packages lie where nobody else may read them")
    return found


class Started:
    """A server of root's that runs jobs as somebody else, with a model whose code looks around."""

    def __init__(self, place: Path, python: Path, template: Path, user: str = USER) -> None:
        settings = Settings.at(place / "server")
        settings.root.mkdir()
        shutil.copy(template, settings.root / "catalog.sqlite")
        app = create_app(ServerSettings(store=settings), background=False)
        Live(app=app, url="", settings=None).stock(place / "code", rows=2, code=CODE)  # type: ignore[arg-type]
        app.state.services.close()
        self._place, self._log = place, place / "server.log"
        words = ["server", "start", "--no-detach", "--port", "0", "--data", str(settings.root)]
        environment = {
            **os.environ,
            **environment_of(python),
            "HOME": str(place),
            "SW_SERVER_WORKER_USER": user,
            "AWS_SECRET_ACCESS_KEY": SECRET,
        }
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [python, "-P", "-m", "starwhale.cli", *words],
                stdout=log,
                stderr=log,
                env=environment,
                cwd=place,
                start_new_session=True,
            )
        (place / "server.pid").write_text(str(self.process.pid))
        self.client = httpx2.Client(base_url=self._find(r"(http://127[^ \n]+)"), trust_env=False, timeout=30)
        self.client.post("/api/v1/login", json={"name": "admin", "password": self._find(r"password (\S+)")})

    def _find(self, pattern: str) -> str:
        patience = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, self.said)):
            assert self.process.poll() is None, self.said
            assert time.monotonic() < patience, self.said
            time.sleep(0.05)
        return found[1]

    @property
    def said(self) -> str:
        return self._log.read_text()

    def names(self) -> list[str]:
        """What lies below the root but the directories of jobs, written down for the code that tries it."""
        root = self._place / "server"
        every = (path.relative_to(root) for path in root.rglob("*"))
        found = [str(path) for path in every if path.parts[0] != "run"]
        (self._place / "names").write_text("\n".join(found))
        return found

    def run(self, handler: str) -> tuple[dict[str, Any], str]:
        """A job from its start to its end, and what its task printed."""
        jobs, patience = "/api/v1/projects/self/jobs", time.monotonic() + PATIENCE
        made = self.client.post(jobs, json={"model": "m", "handler": f"code_of_user:{handler}"})
        assert made.status_code == 201, made.text
        place = f"{jobs}/{made.json()['id']}"
        while (found := self.client.get(place).json())["state"] not in {"SUCCESS", "FAIL"}:
            assert time.monotonic() < patience, (found, self.said)
            time.sleep(0.1)
        return found, self.client.get(f"{place}/logs/0.0").text

    def close(self) -> None:
        self.client.close()
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@pytest.fixture
def started(open_place: Path, python: Path, sqlite_template: Path) -> Iterator[Started]:
    made = Started(open_place, python, sqlite_template)
    yield made
    made.close()


def test_user_code_reads_nothing_of_the_server_and_leaves_nothing_behind(started: Started) -> None:
    nobody, names = pwd.getpwnam(USER), started.names()
    job, told = started.run("look")
    assert job["state"] == "SUCCESS", job["cause"] + told + started.said
    assert re.search(rf"user {nobody.pw_uid} {nobody.pw_uid} \d+ \[{nobody.pw_gid}\]", told), told
    assert f" {nobody.pw_uid} {nobody.pw_gid} [" not in told
    assert "could " not in told, told
    assert {"catalog.sqlite", "server.json", "server.lock", "objects", "objects/blobs"} <= set(names)
    assert told.count("refused ") == FORBIDDEN + len(names), told
    assert "own mine" in told
    assert "core 0 0" in told
    assert f"processes {MOST_PROCESSES}" in told
    variables = set(told.partition("variables ")[2].partition("\n")[0].split())
    assert variables >= NEEDED
    assert not {name for name in variables if "SECRET" in name or name.startswith(("AWS", "PYTEST"))}
    assert SECRET not in told
    left = int(told.partition("left ")[2].split()[0])
    patience = time.monotonic() + PATIENCE
    while lives(left):
        assert time.monotonic() < patience, "what the job has started lives on"
        time.sleep(0.05)


def lives(pid: int) -> bool:
    with suppress(OSError):
        return "sleep" in Path(f"/proc/{pid}/cmdline").read_text()
    return False


def test_a_user_who_cannot_be_is_told_of_at_the_start() -> None:
    with pytest.raises(UsageError):
        check_user("no-such-user-at-all")
    with pytest.raises(UsageError):
        check_user("root")
