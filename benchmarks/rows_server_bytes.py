"""1 GiB up and down over HTTP, its SHA-256 looked at on both ways; beside `mlflow server`."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import httpx2

from benchmarks.lab import BUILD, Lab
from benchmarks.report import Line
from benchmarks.server_sides import Server, mlflow, ours

SIZE = int(os.environ.get("BENCH_BYTES", str(1 << 30)))
_PIECE = 1 << 20
_BYTES = {"Content-Type": "application/octet-stream"}


def measure(lab: Lab) -> Iterator[Line]:
    # To watch the memory takes time of both: what is watched is not what is timed, and has other bytes.
    watched, timed = _source("bytes-watched"), _source("bytes")
    with ours(lab) as server:
        mine = _both(server, watched, timed, _our_path)
    theirs = None
    if lab.peer:
        with mlflow() as server:
            theirs = _both(server, watched, timed, _their_path)
    for way, asked in (("up", 1.0), ("down", 2.0)):
        yield Line(
            work=f"server: 1 GiB {way}, SHA-256 verified",
            unit="MB / s",
            us=SIZE / 1e6 / getattr(mine, way),
            peer=SIZE / 1e6 / getattr(theirs, way) if theirs else None,
            at_least=asked,
            more_is_better=True,
            rival="mlflow",
        )
    yield Line(
        work="server: memory that 1 GiB up and down takes",
        unit="MB",
        us=mine.grown / 1e6,
        peer=theirs.grown / 1e6 if theirs else None,
        limit=100.0,
        rival="mlflow",
        note="the most of all its processes while the bytes pass, above what it held before",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """Seconds of both ways, and the bytes of memory that they took."""

    up: float
    down: float
    grown: int


@dataclass(slots=True)
class _Peak:
    """The most memory of a server while something goes on."""

    server: Server
    most: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        while not self.over.wait(0.1):
            self.most = max(self.most, self.server.resident())


def _both(
    server: Server, watched: Path, timed: Path, place: Callable[[Server, str], tuple[str, str]]
) -> _Found:
    before, peak = server.memory(), _Peak(server)
    watch = threading.Thread(target=peak.watch)
    watch.start()
    try:
        _there_and_back(server, watched, place)
    finally:
        peak.over.set()
        watch.join()
    up, down = _there_and_back(server, timed, place)
    return _Found(up=up, down=down, grown=max(0, peak.most - before))


def _there_and_back(
    server: Server, source: Path, place: Callable[[Server, str], tuple[str, str]]
) -> tuple[float, float]:
    """The seconds that it takes up, and down."""
    digest = _digest(source)
    sent_to, read_from = place(server, digest)
    with server.client() as client:
        began = time.perf_counter()
        if _digest(source) != digest:
            raise RuntimeError("the source has changed")
        client.put(sent_to, content=_pieces(source), headers=_BYTES).raise_for_status()
        up = time.perf_counter() - began
        began = time.perf_counter()
        if _received(client, read_from) != digest:
            raise RuntimeError(f"{read_from} has other bytes")
        return up, time.perf_counter() - began


def _our_path(server: Server, digest: str) -> tuple[str, str]:
    server.post("/api/v1/projects", {"name": "bench"}, missing_ok=True)
    build = server.post("/api/v1/projects/bench/models/big/builds", {})["id"]
    return f"/api/v1/builds/{build}/blobs/{digest}", f"/api/v1/blobs/{digest}"


def _their_path(_server: Server, digest: str) -> tuple[str, str]:
    path = f"/api/2.0/mlflow-artifacts/artifacts/{digest}/model.bin"
    return path, path


def _source(name: str) -> Path:
    path = BUILD / name
    if not path.exists() or path.stat().st_size != SIZE:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            for _ in range(0, SIZE, _PIECE):
                file.write(os.urandom(_PIECE))
    return path


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _received(client: httpx2.Client, path: str) -> str:
    found = hashlib.sha256()
    with client.stream("GET", path) as answer:
        if answer.status_code != HTTPStatus.OK:
            raise RuntimeError(f"{path} answered {answer.status_code}")
        for piece in answer.iter_raw():
            found.update(piece)
    return found.hexdigest()
