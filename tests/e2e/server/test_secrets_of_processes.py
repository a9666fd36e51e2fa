"""What a server in the background is started with: nobody else of the machine reads it off its processes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import httpx2
import pytest

from starwhale.client.http import Http
from starwhale.core.settings import Settings
from starwhale.models.builder import BuildRequest
from starwhale.models.discovery import discover
from starwhale.server.services import Services

PATIENCE = 60.0
CODE = """
    import os, pathlib, time
    from starwhale import handler

    @handler()
    def wait():
        here = pathlib.Path(HERE)
        (here / "pid.new").write_text(str(os.getpid()))
        (here / "pid.new").rename(here / "pid")
        while not (here / "go-on").exists():
            time.sleep(0.02)
"""
OF_THE_ENVIRONMENT, OF_A_SETTING, OF_THE_CATALOG = "canary-of-env", "canary-of-setting", "canary-of-catalog"

pytestmark = pytest.mark.e2e


def swcli(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    ran = subprocess.run(
        [sys.executable, "-P", "-m", "starwhale.cli", "server", *words, "--data", str(home / "data")],
        env={**os.environ, "HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran


@pytest.fixture
def catalog(tmp_path: Path) -> str:
    """A catalog with a model whose handler waits."""
    url = f"sqlite:///{tmp_path / 'data' / OF_THE_CATALOG}.sqlite"
    code = tmp_path / "code"
    code.mkdir()
    (code / "waiting.py").write_text(dedent(CODE).replace("HERE", repr(str(tmp_path))))
    services = Services(replace(Settings.at(tmp_path / "data"), catalog_url=url))
    request = BuildRequest(workdir=code, name="m", modules=("waiting",))
    services.models.build(services.actor, "self", request, discover=discover)
    services.close()
    return url


@pytest.fixture
def server(tmp_path: Path, catalog: str) -> Iterator[tuple[str, str]]:
    """Where it answers, and the password of its administrator."""
    flags = ["--workers", "2", "--port", "0", f"--catalog-url={catalog}"]
    flags += ["--env", f"AWS_SECRET_ACCESS_KEY={OF_THE_ENVIRONMENT}"]
    flags += ["--env", f"SW_SERVER_METRICS_TOKEN={OF_A_SETTING}"]
    ran = swcli(tmp_path, "start", "-o", "json", *flags)
    password = re.search(r"with the password (\S+)", ran.stderr)
    assert password is not None
    yield json.loads(ran.stdout)["url"], password[1]
    (tmp_path / "go-on").touch()
    swcli(tmp_path, "stop", "--timeout", "5")


def told_of_all(what: str) -> dict[int, bytes]:
    """One file of each process of this machine, except of those that are gone or hide it."""
    found: dict[int, bytes] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                found[int(entry.name)] = (entry / what).read_bytes()
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
def test_no_process_of_a_server_shows_what_it_was_started_with(
    tmp_path: Path, server: tuple[str, str]
) -> None:
    url, password = server
    with Http(url) as http:
        http.post("/login", {"name": "admin", "password": password})
        http.post("/projects/self/jobs", {"model": "m", "handler": "waiting:wait"})
    patience = time.monotonic() + PATIENCE
    while not (tmp_path / "pid").exists():
        assert time.monotonic() < patience, (tmp_path / "data" / "server.log").read_text()[-2000:]
        time.sleep(0.05)
    worker = int((tmp_path / "pid").read_text())
    words, environments = told_of_all("cmdline"), told_of_all("environ")
    root = str(tmp_path / "data").encode()
    servers = {pid for pid, line in words.items() if b"--tell" in line and root in line}
    assert len(servers) == 3  # one looks after two
    assert b"starwhale.worker" in words[worker]
    assert b"SW_TOKEN=" in environments[worker]  # so environments are seen
    for canary in (OF_THE_ENVIRONMENT, OF_A_SETTING, OF_THE_CATALOG):
        assert [pid for pid, line in words.items() if canary.encode() in line] == []
        shown = {pid for pid, told in environments.items() if canary.encode() in told}
        assert not shown & {*servers, worker}
    # They count all the same.
    told = httpx2.get(f"{url}/metrics", headers={"Authorization": f"Bearer {OF_A_SETTING}"}, trust_env=False)
    assert told.status_code == 200
