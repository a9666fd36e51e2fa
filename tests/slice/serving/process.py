"""A server as a process of its own, for tests that kill it or speak to it with other people's clients."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PATIENCE = 60.0
SWCLI = (
    "import os, sys\nfrom starwhale.cli.commands.model_serve import serve\n"
    "from starwhale.cli.main import run\n"
    "sys.exit(run(sys.argv[1:], environ=os.environ, root=serve, name='serve'))"
)
"""`swcli model serve` with nothing before the words of the command itself."""


@dataclass
class Server:
    """A running server."""

    process: subprocess.Popen[str]
    told: dict[str, Any]
    log: Path
    _connections: list[http.client.HTTPConnection] = field(default_factory=list[http.client.HTTPConnection])

    @property
    def url(self) -> str:
        return self.told["url"]

    @property
    def pid(self) -> int:
        """Of the process that serves, which may be a child of the one that was started."""
        return self.told["pid"]

    def connect(self) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=PATIENCE)
        self._connections.append(connection)
        return connection

    def ask(self, method: str, path: str, value: Any = None) -> tuple[int, Any]:
        """Status and document of one request on a connection of its own."""
        connection = self.connect()
        body = None if value is None else json.dumps(value)
        connection.request(method, path, body, {"content-type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text) if text else None

    def post(self, path: str, value: Any = None) -> tuple[int, Any]:
        return self.ask("POST", path, value)

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; its exit status."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        for connection in self._connections:
            connection.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


def module_command(workdir: Path, *modules: str) -> list[str]:
    words = [sys.executable, "-P", "-m", "starwhale.serving", "--json", "--port", "0"]
    return [*words, "--title", "digits", "--workdir", str(workdir), *modules]


def swcli_command(*words: str) -> list[str]:
    return [sys.executable, "-P", "-c", SWCLI, *words]


def environment(home: Path, **more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    return {**kept, "HOME": str(home), "SW_LOCAL_STORAGE": str(home / "store"), "COLUMNS": "80", **more}


@contextmanager
def running(command: list[str], home: Path, **environ: str) -> Generator[Server]:
    """Start a server and wait until it answers."""
    log = home / "server.log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            command, env=environment(home, **environ), cwd=home, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=errors, start_new_session=True,
        )  # fmt: skip
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        process.wait(PATIENCE)
        process.stdout.close()
        raise AssertionError(f"no server: {log.read_text()}")
    server = Server(process=process, told=json.loads(line), log=log)
    try:
        yield server
    finally:
        server.close()


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    if sys.platform == "linux":
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    return True


def wait_for(condition: Any) -> None:
    patience = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < patience, "it did not come about"
        time.sleep(0.02)
