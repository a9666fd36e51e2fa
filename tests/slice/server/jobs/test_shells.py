"""Terminals in tasks that a server runs: a real program on a real terminal beside a real worker."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.slice.server.conftest import token_of
from tests.slice.server.jobs.conftest import Live, until
from tests.slice.server.jobs.test_runs import JOBS, log_of, order

from starwhale.client.http import Http
from starwhale.client.shells import RemoteTerminal, open_terminal
from starwhale.core.errors import Conflict, Forbidden, NotFound, StarwhaleError, Unauthorized
from starwhale.core.permissions import Role
from starwhale.core.uri import JobUri
from starwhale.jobs.executors.terminal import Ended, Screen
from tests.slice.server.accounts.world import ROOT

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")

PLAIN = Screen(plain=True)
PATIENCE = 60.0
Opened = Callable[..., RemoteTerminal]


def uri_of(job: str) -> JobUri:
    return JobUri(instance="local", project="self", job=job)


@pytest.fixture
def opened(live: Live) -> Iterator[Opened]:
    """Opens terminals as somebody."""
    with ExitStack() as stack:

        def make(job: str, *command: str, task: str = "0.0", screen: Screen = PLAIN, user: str = "admin", **more: Any) -> RemoteTerminal:
            token = more.get("token")
            http = stack.enter_context(Http(live.url, token_of(live.services, user, user == "admin") if token is None else token))
            return stack.enter_context(open_terminal(http, uri_of(job), task, command, screen))

        yield make


def all_of(terminal: RemoteTerminal) -> tuple[bytes, Ended]:
    printed = b""
    while not isinstance(told := terminal.receive(), Ended):
        printed += told
    return printed, told


def running(client: TestClient, handler: str = "wait", **more: Any) -> str:
    job = order(client, handler, **{"debug": True, **more})
    until(client, job, "RUNNING")
    patience = time.monotonic() + PATIENCE
    while client.get(f"{JOBS}/{job}").json()["steps"][0]["tasks"][0]["state"] != "RUNNING":
        assert time.monotonic() < patience
        time.sleep(0.05)
    return job


def test_a_command_runs_where_the_worker_is(live: Live, opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    client = live.client()
    job = running(client)
    printed, ended = all_of(opened(job, "sh", "-c", "pwd; tty; echo $TERM; env; ls; ps -o pid= | head -1; exit 3"))
    assert ended == Ended(status=3)
    text = printed.decode()
    assert str(live.settings.store.run / "code") in text
    assert "/dev/pts/" in text
    assert "code_of_user.py" in text
    assert f"HOME={live.settings.store.root}/run/{job}/home" in text
