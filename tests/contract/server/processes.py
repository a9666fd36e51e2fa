"""Servers of the contract as processes, and those who ask them."""

from __future__ import annotations

import os
import re
import subprocess
import sysconfig
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx2
import uvicorn

from starwhale.core.settings import Settings
from starwhale.server.app import create_app
from starwhale.server.services import Services
from starwhale.server.settings import ServerSettings
from starwhale.serving.running import bind, url_of

SWCLI = Path(sysconfig.get_path("scripts")) / "swcli"
#: For whatever is done beside the request: generous, since nothing here is about speed.
PATIENCE = 60.0


class Caller(httpx2.Client):
    """Somebody who asks a server."""

    def __init__(self, url: str, token: str = "", **headers: str) -> None:
        if token:
            headers["Authorization"] = f"Bearer {token}"
        super().__init__(base_url=f"{url}/api/v1", headers=headers, timeout=PATIENCE, trust_env=False)
        self.token = token

    def done(self, method: str, path: str, status: int | None = None, **more: Any) -> Any:
        """Ask, and be content; what was answered.

        Args:
            method: Of HTTP.
            path: Below ``/api/v1``.
            status: What the answer must have; by default any that is no error.
            more: As for `httpx2.Client.request`.
        """
        answer = self.request(method, path, **more)
        fine = answer.is_success if status is None else answer.status_code == status
        assert fine, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        kind = answer.headers.get("content-type", "")
        return answer.json() if answer.content and kind == "application/json" else answer

    def pages(self, path: str, **params: Any) -> list[Any]:
        """All items of a list, page after page."""
        found: list[Any] = []
        while True:
            page = self.done("GET", path, params=params)
            found += page["items"]
            if page["next"] is None:
                return found
            params["cursor"] = page["next"]


class Process:
    """One process of a server, in a thread."""

    def __init__(self, settings: ServerSettings) -> None:
        self._listening = bind("127.0.0.1", 0)
        self.url = url_of(self._listening)
        self.app = create_app(settings)
        self.app.state.address = self.url
        config = uvicorn.Config(
            self.app, log_config=None, access_log=False, lifespan="on", timeout_graceful_shutdown=2
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listening]})

    @property
    def services(self) -> Services:
        return self.app.state.services

    def start(self) -> None:
        self._thread.start()
        until(lambda: self._server.started)

    def stop(self) -> None:
        self.app.state.life.draining = True
        self._server.should_exit = True
        self._thread.join(PATIENCE)
        self._listening.close()
        assert not self._thread.is_alive()


class Program:
    """One process of a server, as ``swcli server start`` makes it: what it remembers is its own."""

    def __init__(self, store: Settings, environment: Mapping[str, str]) -> None:
        root = store.root
        self._log = root / "told"
        words = [SWCLI, "server", "start", "--no-detach", "--port", "0", "--data", root / "data"]
        words += ["--catalog-url", store.catalog_url, "--objects-url", store.objects_url]
        known = {"PATH": os.environ["PATH"], "HOME": str(root), **environment}
        with self._log.open("w") as out:
            self.process = subprocess.Popen(
                list(map(str, words)), env=known, stdout=out, stderr=out, stdin=subprocess.DEVNULL
            )
        self.url = ""

    def start(self) -> None:
        """Wait until it answers."""

        def answers() -> bool:
            assert self.process.poll() is None, self._log.read_text()
            found = re.search(r"http://127\.0\.0\.1:\d+", self._log.read_text())
            self.url = found[0] if found else ""
            return bool(found)

        until(answers, self._log.read_text)

    def kill(self) -> None:
        """End it at once, as a power failure would."""
        self.process.kill()
        self.process.wait(PATIENCE)

    stop = kill


def until(done: Callable[[], object], what: Callable[[], object] = lambda: "it did not happen") -> None:
    """Wait for something; it is an error when it does not come."""
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline, what()
        time.sleep(0.02)
