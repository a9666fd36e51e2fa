"""A person with a terminal, and jobs on a server."""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

from tests.slice.server.conftest import token_of
from tests.slice.server.jobs.conftest import Live, until

SWCLI = str(Path(sysconfig.get_path("scripts")) / "swcli")


class Terminal:
    def __init__(self, home: Path) -> None:
        kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        self._environ = {**kept, "HOME": str(home)}

    def run(self, *words: str, status: int = 0) -> str:
        done = subprocess.run([SWCLI, *words], env=self._environ, capture_output=True, text=True, check=False)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    def told(self, *words: str) -> Any:
        done = subprocess.run(
            [SWCLI, *words, "-o", "json"], env=self._environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)


def test_a_model_is_run_on_its_server(live: Live, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    terminal = Terminal(home)
    token = token_of(live.services, "admin", True)
    terminal.run("instance", "login", live.url, "--alias", "srv", "--token", token)
    words = ["-u", "cloud://srv/project/self/model/m/version/latest", "-p", "cloud://srv/project/self"]
    words += ["-h", "code_of_user:total", "-d", "cloud://srv/project/self/dataset/d/version/latest"]
    made = terminal.told("model", "run", *words)
    job, uri = made["id"], made["uri"]
    until(live.client(), job, "SUCCESS")
    listed = terminal.told("job", "list", "--project", "cloud://srv/project/self")
    assert [each["id"] for each in (listed if isinstance(listed, list) else listed["items"])] == [job]
    assert terminal.told("job", "info", uri, "-of", "tasks")
    assert "row 0" in terminal.run("job", "logs", uri)
    again = terminal.told("job", "rerun", uri, "--comment", "again")
    assert again["comment"] == "again"
    until(live.client(), again["id"], "SUCCESS")
    assert "is SUCCESS already" in terminal.run("job", "cancel", uri, status=4)
    terminal.run("job", "template", "save", "t", uri)
    saved = terminal.run("job", "template", "save", "newest", uri, "--latest")
    templates = live.client().get("/api/v1/projects/self/templates").json()["items"]
    assert [each["name"] for each in templates] == ["newest", "t"]
    model = templates[1]["blueprint"]["model"].split("/")[4]
    assert {each["blueprint"]["model_name"] for each in templates} == {model}
    assert saved.rstrip().endswith(f" of {model}, the latest")
    listed = terminal.told("job", "template", "list", "-p", uri.partition("/job/")[0])
    assert [each["code"] for each in listed] == [f"{model}, the latest", model]
    terminal.run("job", "remove", uri)
    terminal.run("job", "recover", uri)


def test_steps_are_given_tasks_resources_and_a_time(live: Live, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    terminal = Terminal(home)
    terminal.run(
        "instance", "login", live.url, "--alias", "srv", "--token", token_of(live.services, "admin", True)
    )
    words = ["-u", "cloud://srv/project/self/model/m/version/latest", "-p", "cloud://srv/project/self"]
    words += ["-h", "code_of_user:total", "-d", "cloud://srv/project/self/dataset/d/version/latest"]
    wishes = ["--step-replicas", "predict=3", "--step-resources", "code_of_user:predict:memory=2Gi,cpu=1"]
    made = terminal.told("model", "run", *words, *wishes, "--auto-release-time", "1000")
    ended = until(live.client(), made["id"], "SUCCESS", "FAIL")
    assert ended["state"] == "SUCCESS", ended["cause"]
    assert [len(step["tasks"]) for step in ended["steps"]] == [3, 1]
    both = {name: {"request": much, "limit": much} for name, much in (("memory", 2 << 30), ("cpu", 1))}
    assert ended["plan"]["steps"][0]["spec"]["resources"] == both
    assert ended["plan"]["auto_release_time"] == 1000
    refused = terminal.run("model", "run", *words, "--step-resources", "predict:gpu=4096", status=2)
    assert "asks for 4096 GPUs, and no server that runs jobs of pool 'default' has that" in refused
    refused = terminal.run("model", "run", *words, "--step-replicas", "predict", status=2)
    assert "--step-replicas: 'predict' is not STEP=N" in refused
