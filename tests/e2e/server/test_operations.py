"""`swcli server` as an administrator uses it: start, status, doctor, backup, restore, stop."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from starwhale.client.http import Http
from starwhale.core.errors import StarwhaleError

pytestmark = pytest.mark.e2e


class Shell:
    """Runs swcli with a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.data = home / "data"

    def __call__(self, *words: str, status: int = 0, **env: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "starwhale.cli", "server", *words],
            env={**os.environ, "HOME": str(self.home), "SW_SERVER_DATA": str(self.data), **env},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done

    def start(self, *words: str) -> tuple[str, str]:
        """Its address, and the password of the first administrator."""
        done = self("start", "--port", "0", "-o", "json", *words)
        found = re.search(r"with the password (\S+)", done.stderr)
        return json.loads(done.stdout)["url"], found[1] if found else ""


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    made = Shell(tmp_path)
    yield made
    for place in (made.data, tmp_path / "restored"):
        if (place / "server.json").exists():
            made("stop", "--timeout", "5", SW_SERVER_DATA=str(place))


def test_a_day_of_an_administrator(shell: Shell) -> None:
    assert "no server runs" in shell("status", status=3).stderr
    url, password = shell.start()
    assert "runs on" in shell("start", "--port", "0", status=4).stderr
    with Http(url) as http:
        http.post("/login", {"name": "admin", "password": password})
    told = json.loads(shell("status", "-o", "json").stdout)
    assert (told["url"], told["state"], told["workers"]) == (url, "ready", 1)
    assert told["requests"] >= 1
    found = {each["name"]: each["state"] for each in json.loads(shell("doctor", "-o", "json").stdout)}
    assert {found[name] for name in ("catalog", "tables", "durability", "objects", "process")} == {"ok"}
    assert "nothing is to be done" in shell("upgrade-check").stdout
    assert "revision" in shell("migrate").stdout
    other = json.loads(shell("reset-admin", "-o", "json").stdout)["password"]
    with Http(url) as http, pytest.raises(StarwhaleError):
        http.post("/login", {"name": "admin", "password": password})
    with Http(url) as http:
        http.post("/login", {"name": "admin", "password": other})
    log = (shell.data / "server.log").read_text()
    assert password not in log
    assert other not in log
    assert "has stopped" in shell("stop").stdout
    assert shell("stop", status=3).stderr


def test_a_server_is_not_ended_by_a_slip(shell: Shell) -> None:
    url, _ = shell.start()
    for seconds in ("-1", "nan", "inf"):
        told = shell("stop", "--timeout", seconds, status=2).stderr
        assert told.splitlines() == [f"Error: --timeout cannot be {seconds} (say seconds, 0 or more)"]
    assert httpx2.get(f"{url}/readyz", trust_env=False).status_code == 200


@pytest.mark.parametrize(
    "words", [["--port", "-1"], ["--port", "65536"], ["--workers", "0"], ["--workers=-1"]]
)
def test_a_number_that_none_can_be_is_one_sentence(shell: Shell, words: list[str]) -> None:
    for command in ("start", "config"):
        told = shell(command, *words, status=2).stderr
        assert len(told.splitlines()) == 1
        assert words[0].partition("=")[0] in told
    assert not shell.data.exists()


def test_settings_are_shown_with_where_they_come_from(shell: Shell) -> None:
    shell.data.mkdir()
    (shell.data / "server.yaml").write_text("workers: 2\nmetrics_token: canary\n")
    done = shell("config", "--show-origin", "-o", "json", "--host", "0.0.0.0", SW_SERVER_PORT="9000")
    assert "canary" not in done.stdout
    found = {each["name"]: (each["value"], each["origin"]) for each in json.loads(done.stdout)}
    assert found["host"] == ("0.0.0.0", "--host")
    assert found["port"] == (9000, "SW_SERVER_PORT")
    assert found["workers"][0] == 2
    assert found["workers"][1].endswith("server.yaml, line 1")
    (shell.data / "server.yaml").write_text("prot: 1\n")
    assert "line 1: there is no setting 'prot'" in shell("start", status=2).stderr


def test_four_workers_answer_on_one_connection(shell: Shell) -> None:
    url, _ = shell.start("--workers", "4")
    with httpx2.Client(base_url=url, trust_env=False) as client:
        assert {client.get("/healthz").status_code for _ in range(20)} == {200}
    assert json.loads(shell("status", "-o", "json").stdout)["requests"] >= 20
    shell("stop")


@pytest.mark.parametrize("name", ["backup.tar", pytest.param("backup", marks=pytest.mark.slow)])
def test_a_backup_under_load_holds_all_that_was_acknowledged(shell: Shell, name: str) -> None:
    url, password = shell.start()
    with Http(url) as http:
        http.post("/login", {"name": "admin", "password": password})
        token = http.post("/me/tokens", {"name": "test"})["token"]
    journal: list[str] = []
    over = threading.Event()

    def write() -> None:
        with Http(url, token) as http:
            while not over.is_set():
                made = f"p{uuid.uuid4().hex}"
                http.post("/projects", {"name": made})
                journal.append(made)

    writers = [threading.Thread(target=write) for _ in range(4)]
    for each in writers:
        each.start()
    while len(journal) < 30:
        over.wait(0.01)
    before = list(journal)
    shell("backup", str(shell.home / name))
    over.set()
    for each in writers:
        each.join()
    shell("stop")
    restored = shell.home / "restored"
    assert "not empty" in shell("restore", str(shell.home / name), status=4).stderr
    shell("restore", str(shell.home / name), SW_SERVER_DATA=str(restored))
    done = shell("start", "--port", "0", "-o", "json", SW_SERVER_DATA=str(restored))
    with Http(json.loads(done.stdout)["url"], token) as http:
        for made in before:
            assert http.get(f"/projects/{made}")["name"] == made
