"""A server is killed while it makes a dataset of files: nothing of it is to be seen, and nothing stays."""

from __future__ import annotations

import io
import os
import signal
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from tests.fault.server.server_process import ServerProcess

from starwhale.client.http import Http

pytestmark = pytest.mark.fault
ROWS = 2_000_000
PATIENCE = 60.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    made = ServerProcess(tmp_path / "data")
    yield made
    made.close()


def table() -> bytes:
    """A table that is not read in a moment, in a tar archive."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as archive:
        data = b"x\n" + b"1\n" * ROWS
        member = tarfile.TarInfo("a.csv")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return whole.getvalue()


def workers(place: Path) -> list[int]:
    """Processes that work in a directory of the server's."""
    found = list[int]()
    for each in Path("/proc").iterdir():
        try:
            if each.name.isdigit() and (each / "cwd").readlink().is_relative_to(place):
                found.append(int(each.name))
        except OSError:
            continue
    return found


def wait_until(done: bool, since: float) -> None:
    assert done or time.monotonic() - since < PATIENCE
    time.sleep(0.05)


def test_a_killed_server_leaves_neither_a_version_nor_files(server: ServerProcess) -> None:
    place = server.data / "uploads"
    token = server.login()
    with Http(server.url, token) as http:
        http.post("/projects", {"name": "vision"})
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/octet-stream"}
    address = f"{server.url}/api/v1/projects/vision/datasets/big/uploads"
    client = httpx2.Client(timeout=PATIENCE, trust_env=False)
    with client, client.stream("POST", address, content=table(), headers=headers) as answer:
        assert answer.status_code == 200
        assert any(b"progress" in line.encode() for line in answer.iter_lines())
        assert workers(place)
        assert server.process is not None
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait()
        since = time.monotonic()
        while workers(place):
            wait_until(False, since)
    assert len(list(place.iterdir())) == 1
    server.start()
    since = time.monotonic()
    while list(place.iterdir()):
        wait_until(False, since)
    with Http(server.url, token) as http:
        assert http.get("/projects/vision/datasets")["items"] == []
