"""Versions that are made and tagged, over HTTP with one client; beside `mlflow server` on SQLite too."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator

import httpx2

from benchmarks.lab import Lab
from benchmarks.report import Line
from benchmarks.server_sides import Server, mlflow, ours

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
        note="a manifest of its own each, sent, checked and published; both databases synced",
    )


def _ours(server: Server, run: int) -> float:
    from starwhale.core.version import version_of
    from starwhale.models.package import FORMAT
    from starwhale.storage.trees.entry import TreeEntry
    from starwhale.storage.trees.manifest import tree_manifest

    server.post("/api/v1/projects", {"name": "bench"}, missing_ok=True)
    files = [f"{run} {number}".encode() for number in range(VERSIONS)]
    began = time.perf_counter()
    with httpx2.Client(base_url=f"{server.url}/api/v1", headers=server.headers, trust_env=False) as client:
        for data in files:
            digest = hashlib.sha256(data).hexdigest()
            entry = TreeEntry(path="model.bin", mode=0o644, size=len(data), digest=digest)
            manifest = tree_manifest(FORMAT, [entry])
            name = hashlib.sha256(manifest).hexdigest()
            build = client.post("/projects/bench/models/net/builds", json={}).raise_for_status().json()["id"]
            for key, body in ((digest, data), (name, manifest)):
                sent = client.put(
                    f"/builds/{build}/blobs/{key}",
                    content=body,
                    headers={"Content-Type": "application/octet-stream"},
                )
                sent.raise_for_status()
            version = version_of(bytes.fromhex(name))
            about = {
                "version": version,
                "manifest": name,
                "build": build,
                "size": len(data),
                "tags": ["best"],
            }
            path = "/projects/bench/models/net/versions"
            client.post(path, json={**about, "tags": ["best"], "force_tags": True}).raise_for_status()
    return VERSIONS / (time.perf_counter() - began)


def _theirs(server: Server) -> float:
    api = f"{server.url}/api/2.0/mlflow"
    with httpx2.Client(trust_env=False, timeout=60) as client:
        client.post(f"{api}/registered-models/create", json={"name": "net"}).raise_for_status()
        began = time.perf_counter()
        for number in range(VERSIONS):
            about = {"name": "net", "source": f"models:/m-{number:032x}"}
            made = client.post(f"{api}/model-versions/create", json=about).raise_for_status().json()
            alias = {"name": "net", "alias": "best", "version": made["model_version"]["version"]}
            client.post(f"{api}/registered-models/alias", json=alias).raise_for_status()
        return VERSIONS / (time.perf_counter() - began)
