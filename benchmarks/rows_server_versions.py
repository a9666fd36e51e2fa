"""Versions that are made and tagged, over HTTP with one client; beside `mlflow server` on SQLite too."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx2

from benchmarks.lab import Lab
from benchmarks.report import Line
from benchmarks.server_sides import Server, mlflow, ours, publish

VERSIONS = 100


def measure(lab: Lab) -> Iterator[Line]:
    with ours(lab) as server:
        rate = max(_ours(server, run) for run in range(min(lab.runs, 3)))
    peer = None
    if lab.peer:
        with mlflow() as server:
            peer = _theirs(server)
    yield Line(
        work="server: make a version and tag it",
        unit="versions / s",
        us=rate,
        peer=peer,
        at_least=5.0,
        more_is_better=True,
        rival="mlflow",
        note="a file of its own each, sent, checked and published; both databases synced",
    )


def _ours(server: Server, run: int) -> float:
    server.post("/api/v1/projects", {"name": "bench"}, missing_ok=True)
    began = time.perf_counter()
    with server.client() as client:
        for number in range(VERSIONS):
            publish(client, "bench", f"{run} {number}".encode())
    return VERSIONS / (time.perf_counter() - began)


def _theirs(server: Server) -> float:
    api = "/api/2.0/mlflow"
    with httpx2.Client(base_url=server.url, trust_env=False, timeout=60) as client:

        def post(path: str, **about: object) -> dict[str, Any]:
            return client.post(api + path, json=about).raise_for_status().json()

        post("/registered-models/create", name="net")
        run = post("/runs/create", experiment_id="0")["run"]["info"]["run_id"]
        began = time.perf_counter()
        for number in range(VERSIONS):
            folder = f"0/{run}/artifacts/{number}"
            sent = client.put(f"{api}-artifacts/artifacts/{folder}/model.bin", content=f"{number}".encode())
            sent.raise_for_status()
            about = {"name": "net", "run_id": run, "source": f"mlflow-artifacts:/{folder}"}
            made = post("/model-versions/create", **about)["model_version"]["version"]
            post("/registered-models/alias", name="net", alias="best", version=made)
        return VERSIONS / (time.perf_counter() - began)
