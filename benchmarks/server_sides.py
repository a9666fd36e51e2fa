"""The servers that are measured: ours, and `mlflow server` in an environment of its own."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2

from benchmarks.lab import BUILD, Lab, Unmeasurable
from starwhale.jobs.executors.listeners import listening, sockets_of

MLFLOW = "mlflow==3.17.2"
_PATIENCE = 120.0


@dataclass(slots=True)
class Server:
    """A server that runs.

    Attributes:
        seconds: From its start to its first answer.
        headers: What shows who asks.
    """

    url: str
    process: subprocess.Popen[bytes]
    seconds: float
    headers: dict[str, str] = field(default_factory=dict[str, str])

    def memory(self) -> int:
        """Resident bytes of all its processes, shared pages counted once, after a moment of rest."""
        time.sleep(3)
        return self.resident()

    def resident(self) -> int:
        """The same, at once."""
        return sum(map(_proportional, _tree(self.process.pid)))

    def client(self) -> httpx2.Client:
        """A connection to it that is kept open."""
        return httpx2.Client(base_url=self.url, headers=self.headers, trust_env=False, timeout=60)

    def post(self, path: str, body: dict[str, Any], *, missing_ok: bool = False) -> Any:
        """Send one request."""
        with self.client() as client:
            answer = client.post(path, json=body)
            if not (missing_ok and answer.status_code == 409):
                answer.raise_for_status()
            return answer.json() if answer.content else None


def publish(client: httpx2.Client, project: str, data: bytes) -> str:
    """Publish a model of one small file on a server of ours, under the tag ``best``; its path there."""
    from starwhale.core.version import version_of
    from starwhale.models.package import FORMAT
    from starwhale.storage.trees.entry import TreeEntry
    from starwhale.storage.trees.manifest import tree_manifest

    digest = hashlib.sha256(data).hexdigest()
    manifest = tree_manifest(FORMAT, [TreeEntry(path="model.bin", mode=0o644, size=len(data), digest=digest)])
    name = hashlib.sha256(manifest).hexdigest()
    version = version_of(bytes.fromhex(name))
    about = {
        "version": version,
        "manifest": name,
        "blobs": {digest: b64encode(data).decode(), name: b64encode(manifest).decode()},
        "size": len(data),
        "tags": ["best"],
        "force_tags": True,
    }
    path = f"/api/v1/projects/{project}/models/net/versions"
    client.post(path, json=about).raise_for_status()
    return f"{path}/{version}"


def _tree(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(each) for task in tasks for each in (task / "children").read_text().split()]
    except OSError:
        return [pid]
    return [pid, *(found for child in children for found in _tree(child))]


def _proportional(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@contextmanager
def running(words: list[str], log: Path, url: str, path: str, env: dict[str, str]) -> Generator[Server]:
    """A server that was started by some words, once it answers at a path; nobody else is taken for it."""
    began = time.perf_counter()
    with log.open("wb") as out:
        process = subprocess.Popen(words, stdout=out, stderr=out, env=env, start_new_session=True)
    try:
        with httpx2.Client(trust_env=False, timeout=5) as client:
            while True:
                with suppress(httpx2.HTTPError):
                    if client.get(url + path).status_code == 200:
                        break
                if process.poll() is not None or time.perf_counter() - began > _PATIENCE:
                    raise Unmeasurable(f"it does not serve: {log.read_text(errors='replace')[-500:]}")
                time.sleep(0.01)
        seconds = time.perf_counter() - began
        if not listening(urlsplit(url).port or 0) <= sockets_of(_tree(process.pid)):
            raise Unmeasurable(f"somebody else answers at {url}")
        yield Server(url, process, seconds)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def ours(lab: Lab, *, workers: int = 1) -> Generator[Server]:
    """A server of this checkout with an empty store, and its administrator's token."""
    data = lab.us.store.with_name("us-server")
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    port, log = _free_port(), data.with_suffix(".log")
    words = ["server", "start", "--no-detach", "--data", str(data), "--port", str(port)]
    env = os.environ | {"SW_CLI_CONFIG": str(data / "config.yaml"), "SW_SERVER_USER_RATE": "0"}
    command = [sys.executable, "-P", "-m", "starwhale.cli", *words, "--workers", str(workers)]
    with running(command, log, f"http://127.0.0.1:{port}", "/readyz", env) as server:
        while not (found := re.search(r"with the password (\S+)", log.read_text())):
            time.sleep(0.05)
        with httpx2.Client(base_url=f"{server.url}/api/v1", trust_env=False) as client:
            client.post("/login", json={"name": "admin", "password": found[1]}).raise_for_status()
            token = client.post("/me/tokens", json={"name": "bench"}).raise_for_status().json()["token"]
        server.headers["Authorization"] = f"Bearer {token}"
        yield server


@contextmanager
def mlflow() -> Generator[Server]:
    """`mlflow server` with one worker on an empty SQLite file.

    Raises:
        Unmeasurable: it cannot be installed, or does not start.
    """
    python = _environment()
    data = BUILD / "mlflow-data"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    port = _free_port()
    words = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    store = [
        "--backend-store-uri",
        f"sqlite:///{data}/mlflow.db",
        "--artifacts-destination",
        str(data / "files"),
    ]
    command = [str(python.with_name("mlflow")), "server", *words, *store]
    with running(
        command, BUILD / "mlflow.log", f"http://127.0.0.1:{port}", "/health", dict(os.environ)
    ) as it:
        yield it


def _environment() -> Path:
    home = BUILD / "mlflow"
    python = home / "bin" / "python"
    if not (home / "ready").exists():
        print("making the environment of mlflow …", file=sys.stderr)
        for step in (
            [sys.executable, "-m", "venv", "--clear", str(home)],
            [str(python), "-m", "pip", "install", "-qq", MLFLOW],
        ):
            if subprocess.run(step, check=False).returncode:
                raise Unmeasurable(f"mlflow could not be installed: {' '.join(step)}")
        (home / "ready").touch()
    return python
