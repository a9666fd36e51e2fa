"""Terminals in tasks whose workers run as a user who owns nothing."""

from __future__ import annotations

import json
import pwd
import time
from pathlib import Path
from typing import Any

import pytest
from tests.slice.server.jobs import test_worker_user
from tests.slice.server.jobs.test_shells import lives
from tests.slice.server.jobs.test_worker_user import PATIENCE, USER, Started, open_place, python, started
from wsproto.events import BytesMessage

STAY = """
    @handler
    def stay():
        import time
        time.sleep(600)
"""
LOOK = """
    id -u; id -g; id -G
    tty > /dev/null && echo has a terminal
    grep -c 'core file size *0  *0' /proc/self/limits
    grep NoNewPrivs /proc/self/status
    setsid nohup sleep 3600 &
    echo left $! .
    cat {root}/catalog.sqlite
"""

__all__ = ["open_place", "python", "started"]


@pytest.fixture(autouse=True)
def staying(monkeypatch: pytest.MonkeyPatch) -> None:
    """A handler more, for the server that is started with the code of the other tests."""
    monkeypatch.setattr(test_worker_user, "CODE", test_worker_user.CODE + STAY)


def test_a_terminal_is_the_user_s_and_what_it_leaves_behind_is_killed(
    started: Started, open_place: Path
) -> None:
    jobs, nobody = "/api/v1/projects/self/jobs", pwd.getpwnam(USER)
    asked = {"model": "m", "handler": "code_of_user:stay", "debug": True}
    place = f"{jobs}/{started.client.post(jobs, json=asked).json()['id']}"

    def task() -> dict[str, Any]:
        return started.client.get(place).json()["steps"][0]["tasks"][0]

    patience = time.monotonic() + PATIENCE
    while task()["state"] != "RUNNING":
        assert time.monotonic() < patience, started.said
        time.sleep(0.1)
    wanted = {"command": ["sh", "-c", LOOK.format(root=open_place / "server")], "plain": True}
    printed = b""
    with started.client.websocket(f"{place}/tasks/0.0/exec") as socket:
        socket.send_text(json.dumps(wanted))
        while isinstance(event := socket.receive(), BytesMessage):
            printed += bytes(event.data)
    assert json.loads(getattr(event, "data", ""))["status"] == 1, printed
    lines = printed.decode().splitlines()
    # The group of the job, and that of the user beside it.
    assert lines[0] == str(nobody.pw_uid)
    assert int(lines[1]) != nobody.pw_gid
    assert lines[2] == f"{lines[1]} {nobody.pw_gid}"
    assert lines[3:6] == ["has a terminal", "1", "NoNewPrivs:\t1"]
    assert "Permission denied" in printed.decode()
    left = int(printed.decode().partition("left ")[2].split()[0])
    patience = time.monotonic() + PATIENCE
    while lives(left):
        assert time.monotonic() < patience, "what the terminal has left behind lives on"
        time.sleep(0.05)
    assert task()["state"] == "RUNNING"
