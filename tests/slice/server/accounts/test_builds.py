"""Whose a build is: by the number of an account, within what he may do with what he came with."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select, update
from starlette.testclient import TestClient
from tests.slice.server.conftest import ClientOf

from starwhale.catalog.tables.artifacts import PinRow
from starwhale.core.actor import Actor
from starwhale.core.permissions import Role
from starwhale.server.services import Services

ROOT = Actor(name="root", admin=True)
DATA = b"some bytes"
DIGEST = sha256(DATA).hexdigest()
OCTETS = {"Content-Type": "application/octet-stream"}


@pytest.fixture
def ada(client_of: ClientOf) -> TestClient:
    """Owner of two projects."""
    client = client_of("ada")
    for name in ("vision", "speech"):
        assert client.post("/api/v1/projects", json={"name": name}).status_code == 201
    return client


def opened(client: TestClient, project: str = "vision") -> int:
    answer = client.post(f"/api/v1/projects/{project}/datasets/d/builds", json={})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def attempts(client: TestClient, build: int) -> set[int]:
    """What is answered to all that is done with a build, but closing."""
    place = f"/api/v1/builds/{build}"
    asked: dict[str, Any] = {"blobs": [{"digest": DIGEST}]}
    return {
        client.put(f"{place}/blobs/{DIGEST}", content=DATA, headers=OCTETS).status_code,
        client.post(f"{place}/missing", json=asked).status_code,
        client.post(f"{place}/renew").status_code,
    }


def shown(client: TestClient, client_of: ClientOf, **limits: Any) -> TestClient:
    made = client.post("/api/v1/me/tokens", json={"name": "small", **limits})
    assert made.status_code == 201, made.text
    small = client_of("")
    small.headers["Authorization"] = f"Bearer {made.json()['token']}"
    return small


def test_a_token_of_another_project_has_no_part_in_a_build(ada: TestClient, client_of: ClientOf) -> None:
    build = opened(ada)
    elsewhere = shown(ada, client_of, project="speech")
    assert attempts(elsewhere, build) == {404}
    assert elsewhere.delete(f"/api/v1/builds/{build}").status_code == 204
    assert attempts(ada, build) == {204, 200}, "it was not given up by him"
    # Nor is it given what was sent for that build.
    assert elsewhere.get(f"/api/v1/blobs/{DIGEST}").status_code == 404
    assert ada.get(f"/api/v1/blobs/{DIGEST}").content == DATA
    assert attempts(shown(ada, client_of, project="vision"), build) == {204, 200}


def test_a_token_without_the_right_to_write_has_no_part_either(ada: TestClient, client_of: ClientOf) -> None:
    build = opened(ada)
    assert attempts(shown(ada, client_of, scopes=["model:write", "project:read"]), build) == {404}
    assert attempts(shown(ada, client_of, scopes=["*:read"]), build) == {403}
    writing = ["dataset:write", "dataset:read", "project:read"]
    assert attempts(shown(ada, client_of, scopes=writing), build) == {204, 200}


def test_a_build_is_nobodys_who_is_only_called_like_its_owner(ada: TestClient, services: Services) -> None:
    build = opened(ada)
    with services.catalog.begin() as session:
        owner = session.execute(select(PinRow.user_id).where(PinRow.id == build)).scalar_one()
        assert owner is not None
        assert owner == services.users.get(ROOT, "ada").id
        session.execute(update(PinRow).where(PinRow.id == build).values(user_id=owner + 1000))
    assert attempts(ada, build) == {404}


def test_whoever_is_no_member_any_more_sends_nothing_more(
    ada: TestClient, client_of: ClientOf, services: Services, server_app: FastAPI
) -> None:
    mary = client_of("mary")
    services.members.put(ROOT, "vision", "mary", Role.MAINTAINER)
    server_app.state.callers.forget()
    build = opened(mary)
    assert attempts(mary, build) == {204, 200}
    services.members.put(ROOT, "vision", "mary", Role.GUEST)
    server_app.state.callers.forget()
    assert attempts(mary, build) == {404}


def test_a_build_of_a_removed_project_takes_nothing(ada: TestClient) -> None:
    build = opened(ada)
    assert ada.delete("/api/v1/projects/vision").status_code == 204
    assert attempts(ada, build) == {404}
