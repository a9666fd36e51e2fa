"""Serving a trivial function over HTTP: 3 times the requests per CPU second of the server."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.lab import BUILD, PROGRAMS, Lab, Run, Side, Unmeasurable
from benchmarks.report import Line

REQUESTS = 20_000
PEER_REQUESTS = 5_000
SERVERS = {
    # what `pip install starwhale[all]` brings, and the quicker parser and loop that one may add by hand
    "as it installs": ("uvicorn==0.54.0", "h11==0.16.0"),
    "with uvloop and httptools": ("uvicorn==0.54.0", "h11==0.16.0", "uvloop==0.23.0", "httptools==0.9.0"),
}
"""Web servers for the peer, which leaves that package to extras."""


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def _packages(side: Side, name: str) -> Path:
    """A directory with the packages of a web server, beside the peer's own environment."""
    place = BUILD / f"peer-serve-{name.replace(' ', '-')}"
    if not (place / "ready").exists():
        command = [str(side.python), "-m", "pip", "install", "-qq", "--no-deps", "--target", str(place)]
        if subprocess.run([*command, *SERVERS[name]], check=False).returncode:
            raise Unmeasurable(
                f"the web server of the peer could not be installed: {' '.join(SERVERS[name])}"
            )
        (place / "ready").touch()
    return place


@contextmanager
def _server(side: Side, words: list[str], port: int, packages: Path | None) -> Generator[int]:
    """A running server; the id of its process."""
    side.store.mkdir(parents=True, exist_ok=True)
    env = os.environ | {
        "SW_LOCAL_STORAGE": str(side.store / "root"),
        "SW_CLI_CONFIG": str(side.store / "config.yaml"),
        "PYTHONPATH": str(packages or ""),
    }
    with (side.store / "serve.log").open("wb") as log:
        process = subprocess.Popen([str(side.python), *words], cwd=PROGRAMS, env=env, stdout=log, stderr=log)
    try:
        patience = time.monotonic() + 60
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > patience:
                raise Unmeasurable(
                    f"{side.name} does not serve: {(side.store / 'serve.log').read_text()[-500:]}"
                )
            time.sleep(0.1)
        yield process.pid
    finally:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _load(lab: Lab, port: int, pid: int, requests: int, connections: int) -> float:
    """Requests per CPU second of the server."""
    run: Run = lab.us.program("serve_load", port, pid, requests, connections)
    return run.said["requests"] / run.said["cpu"]


def _ours(lab: Lab, connections: int) -> float:
    port = _free_port()
    words = ["-P", "-m", "starwhale.serving", "--workdir", ".", "--port", str(port), "serve_functions"]
    with _server(lab.us, words, port, None) as pid:
        return max(_load(lab, port, pid, REQUESTS, connections) for _ in range(min(lab.runs, 3)))


def _theirs(lab: Lab, peer: Side, name: str, connections: int) -> float:
    port = _free_port()
    with _server(peer, ["serve_functions.py", str(port)], port, _packages(peer, name)) as pid:
        return max(_load(lab, port, pid, PEER_REQUESTS, connections) for _ in range(min(lab.runs, 3)))


def measure(lab: Lab) -> Iterator[Line]:
    """A plain function of one dict, called through ``POST /api/echo`` with its arguments checked."""
    for connections in (1, 16):
        ours = _ours(lab, connections)
        for name in SERVERS if lab.peer else ("as it installs",):
            yield Line(
                work=f"serve a trivial function, {connections} connection{'s' if connections > 1 else ''}",
                unit="requests / CPU s",
                us=ours,
                peer=_theirs(lab, lab.peer, name, connections) if lab.peer else None,
                at_least=3,
                more_is_better=True,
                note=f"the peer on FastAPI and uvicorn {name}",
            )
