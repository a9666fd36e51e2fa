"""Packages sent as a client sends them: blob by blob, then published."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

from starwhale.core.version import random_version, version_of

OCTETS = {"Content-Type": "application/octet-stream"}


def send(
    client: TestClient,
    blobs: Iterable[bytes],
    manifest: str,
    *,
    kind: str = "dataset",
    name: str = "sent",
    project: str = "vision",
    **told: Any,
) -> Response:
    """The answer to publishing; blobs that are not taken are left out."""
    base = f"/api/v1/projects/{project}/{kind}s/{name}"
    build = client.post(f"{base}/builds", json={}).json()["id"]
    for data in blobs:
        digest = hashlib.sha256(data).hexdigest()
        answer = client.put(f"/api/v1/builds/{build}/blobs/{digest}", content=data, headers=OCTETS)
        assert answer.status_code == 204, answer.text
    version = random_version() if kind == "dataset" else version_of(bytes.fromhex(manifest))
    return client.post(
        f"{base}/versions", json={"build": build, "version": version, "manifest": manifest, **told}
    )


def digest_of(data: bytes) -> str:
    """Name of a blob."""
    return hashlib.sha256(data).hexdigest()
