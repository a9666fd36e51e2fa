"""Packages in a store of a server, made by the services that everybody uses."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.slice.server.conftest import ClientOf

from starwhale.artifacts.schemas import VersionRead
from starwhale.core.actor import Actor
from starwhale.core.kinds import Kind
from starwhale.core.version import version_of
from starwhale.models.package import manifest_bytes as model_manifest
from starwhale.runtimes.package import manifest_bytes as runtime_manifest
from starwhale.server.services import Services
from starwhale.storage.trees import Trees

OWNER = Actor(name="ada", admin=True)
API = "/api/v1"
Made = Callable[..., VersionRead]


@pytest.fixture
def ada(client_of: ClientOf) -> TestClient:
    """Owner of the project ``vision``."""
    client = client_of("ada")
    assert client.post(f"{API}/projects", json={"name": "vision"}).status_code == 201
    return client


@pytest.fixture
def make_dataset(services: Services) -> Made:
    """Publishes a version: ``make_dataset("digits", {0: {"x": 1}})``."""

    def make(
        name: str, rows: Mapping[int | str, Mapping[str, Any]], project: str = "vision", **told: Any
    ) -> VersionRead:
        head = services.artifacts.head(OWNER, project, Kind.DATASET, name)
        writer = services.datasets.writer(OWNER, project, name, head)
        try:
            for key, row in rows.items():
                writer.put(key, dict(row))
            return writer.commit(**told)
        finally:
            writer.close()

    return make


@pytest.fixture
def make_files(services: Services, tmp_path: Path) -> Made:
    """Publishes a version of a model or runtime: ``make_files(Kind.MODEL, "m", {"a.py": b""})``."""
    count = iter(range(1000))

    def make(kind: Kind, name: str, files: Mapping[str, bytes], project: str = "vision") -> VersionRead:
        root = tmp_path / f"files-{next(count)}"
        for path, data in files.items():
            place = root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        entries = Trees(services.blobs).pack(root)
        data = (model_manifest if kind is Kind.MODEL else runtime_manifest)(entries)
        return services.artifacts.publish(
            OWNER,
            project=project,
            kind=kind,
            name=name,
            version=version_of(hashlib.sha256(data).digest()),
            manifest=services.blobs.put(data),
            size=sum(each.size for each in entries),
        )

    return make
