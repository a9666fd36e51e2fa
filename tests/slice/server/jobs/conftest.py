"""A server that listens, so that workers reach it, with a model and a dataset in it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.discovered import discover_once
from tests.slice.server.conftest import token_of

from starwhale.core.settings import Settings
from starwhale.models.builder import BuildRequest
from starwhale.server.app import create_app
from starwhale.server.services import Services
from starwhale.server.settings import ServerSettings
from starwhale.serving.running import bind, url_of

CODE = """
    import os, sys, time
    from starwhale import Context, evaluation, handler

    @evaluation.predict(replicas=2)
    def predict(data, external):
        print("row", data["x"])
        return data["x"] * 2

    @evaluation.evaluate(needs=[predict])
    def total(results):
        evaluation.log_summary({"total": sum(row["output"] for row in results)})

    @handler
    def secrets():
        for name in sorted(os.environ):
            print(name, "=", os.environ[name])
        print("limits", __import__("resource").getrlimit(__import__("resource").RLIMIT_CORE))

    @handler
    def wait():
        print("waiting", flush=True)
        while not os.path.exists(os.environ.get("SW_TEST_GO", "/nowhere")):
            time.sleep(0.05)

    @handler
    def fail():
        raise ValueError("no good")
"""


@dataclass
class Live:
    """A server that listens."""

    app: FastAPI
    url: str
    settings: ServerSettings

    @property
    def services(self) -> Services:
        return self.app.state.services

    def client(self, user: str = "admin", *, admin: bool = True) -> TestClient:
        client = TestClient(self.app, base_url="http://localhost", raise_server_exceptions=False)
        client.headers["Authorization"] = f"Bearer {token_of(self.services, user, admin)}"
        return client

    def stock(self, place: Path, rows: int = 20, code: str = CODE) -> None:
        """Put the model `m` and the dataset `d` into it."""
        place.mkdir(exist_ok=True)
        (place / "code_of_user.py").write_text(dedent(code))
        house = self.services
        request = BuildRequest(workdir=place, name="m", modules=("code_of_user",))
        house.models.build(house.actor, "self", request, discover=discover_once)
        writer = house.datasets.writer(house.actor, "self", "d", None)
        for row in range(rows):
            writer.put(row, {"x": row})
        writer.commit()
        writer.close()


class Server:
    """Serves an application in a thread."""

    def __init__(self, settings: ServerSettings) -> None:
        self._listening = bind("127.0.0.1", 0)
        app = create_app(settings)
        app.state.address = url_of(self._listening)
        self._server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="on"))
        self.live = Live(app, app.state.address, settings)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listening]})

    def __enter__(self) -> Live:
        self.live.services.users.ensure_administrator()
        self._thread.start()
        patience = time.monotonic() + 20
        while not self._server.started and time.monotonic() < patience:
            time.sleep(0.01)
        return self.live

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(30)
        self._listening.close()


@pytest.fixture
def live(tmp_path: Path, server_settings: ServerSettings) -> Iterator[Live]:
    """A server that runs jobs."""
    with Server(server_settings) as live:
        live.stock(tmp_path / "code")
        yield live


def until(client: TestClient, job: str, *states: str, seconds: float = 60) -> dict[str, Any]:
    """Wait for a state of a job."""
    patience = time.monotonic() + seconds
    while True:
        found = client.get(f"/api/v1/projects/self/jobs/{job}").json()
        if found["state"] in states:
            return found
        assert time.monotonic() < patience, found
        time.sleep(0.1)


__all__ = ["Live", "Server", "Settings", "until"]
