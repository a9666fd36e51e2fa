"""Small blobs that come together, or with the version itself."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.slice.server.conftest import ClientOf

from starwhale.artifacts.offers import LARGEST_PARCEL
from starwhale.core.version import version_of
from starwhale.models.package import FORMAT
from starwhale.server.services import Services
from starwhale.storage.trees.entry import TreeEntry
from starwhale.storage.trees.manifest import tree_manifest

PLACE = "/api/v1/projects/vision/models"
DATA = b"weights"


@pytest.fixture
def ada(client_of: ClientOf) -> TestClient:
    client = client_of("ada")
    assert client.post("/api/v1/projects", json={"name": "vision"}).status_code == 201
    return client


def offer(*blobs: bytes, data: bytes = DATA, **told: Any) -> dict[str, Any]:
    """A model of one file, and the blobs that are sent with it."""
    entry = TreeEntry(path="model.bin", mode=0o644, size=len(data), digest=hashlib.sha256(data).hexdigest())
    manifest = tree_manifest(FORMAT, [entry])
    name = hashlib.sha256(manifest).hexdigest()
    sent = {hashlib.sha256(each).hexdigest(): b64encode(each).decode() for each in (*blobs, manifest)}
    about = {"version": version_of(bytes.fromhex(name)), "manifest": name, "size": len(data)}
    return {**about, "blobs": sent, **told}


def builds(services: Services) -> int:
    with services.catalog.connect() as connection:
        found = connection.exec_driver_sql("SELECT count(*) FROM pins WHERE since IS NOT NULL").scalar_one()
    return int(found)


def test_a_version_comes_with_all_its_bytes_in_one_request(ada: TestClient, services: Services) -> None:
    answer = ada.post(f"{PLACE}/net/versions", json=offer(DATA, tags=["best"]))
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["tags"] == ["latest", "v0", "best"]
    raw = ada.get(f"{PLACE}/net/versions/{made['version']}/files/raw", params={"path": "model.bin"})
    assert raw.content == DATA
    assert builds(services) == 0


def test_what_is_missing_is_said_and_nothing_stays_open(ada: TestClient, services: Services) -> None:
    answer = ada.post(f"{PLACE}/net/versions", json=offer())
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert "was not sent" in answer.json()["detail"]
    assert ada.get(f"{PLACE}/net/head").json() is None
    assert builds(services) == 0


def test_bytes_that_are_others_are_refused(ada: TestClient, services: Services) -> None:
    told = offer(DATA)
    told["blobs"][hashlib.sha256(DATA).hexdigest()] = b64encode(b"others").decode()
    answer = ada.post(f"{PLACE}/net/versions", json=told)
    assert answer.status_code == 409
    assert "what was sent is not blob" in answer.json()["detail"]
    assert builds(services) == 0


@pytest.mark.parametrize("blobs", [{"xyz": ""}, {"0" * 64: "abc"}, {"0" * 64: 7}, []])
def test_what_is_no_blob_is_refused(ada: TestClient, blobs: Any) -> None:
    answer = ada.post(f"{PLACE}/net/versions", json=offer(DATA) | {"blobs": blobs})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_too_much_at_once_is_refused(ada: TestClient) -> None:
    halves = [bytes([number]) * (LARGEST_PARCEL // 2 + 1) for number in range(2)]
    answer = ada.post(f"{PLACE}/net/versions", json=offer(*halves))
    assert answer.status_code == 400
    assert "sent together" in answer.json()["detail"]


def test_blobs_come_together_for_a_build(ada: TestClient, client_of: ClientOf) -> None:
    build = ada.post(f"{PLACE}/net/builds", json={}).json()["id"]
    told = offer(DATA, build=build)
    eve = client_of("eve")
    sent = {"blobs": told.pop("blobs")}
    assert eve.post(f"/api/v1/builds/{build}/blobs", json=sent).status_code == 404
    assert ada.post(f"{PLACE}/net/versions", json=told).status_code == 409
    assert ada.post(f"/api/v1/builds/{build}/blobs", json=sent).status_code == 204
    assert ada.post(f"/api/v1/builds/{build}/blobs", json=sent).status_code == 204
    assert ada.post(f"{PLACE}/net/versions", json=told).status_code == 201


def test_what_one_may_not_read_is_not_had_by_its_digest(ada: TestClient, client_of: ClientOf) -> None:
    assert ada.post(f"{PLACE}/net/versions", json=offer(DATA)).status_code == 201
    eve = client_of("eve")
    assert eve.post("/api/v1/projects", json={"name": "eves"}).status_code == 201
    place = "/api/v1/projects/eves/models/stolen/versions"
    assert eve.post(place, json=offer()).status_code == 409
    assert eve.post(place, json=offer() | {"blobs": {}}).status_code == 404
    assert ada.post(f"{PLACE}/again/versions", json=offer() | {"blobs": {}}).status_code == 201
