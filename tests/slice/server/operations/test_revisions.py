"""Who changes something names what he has seen, and undoes nothing of somebody else's."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.slice.server.conftest import ClientOf

HOOK = {"url": "https://hooks.invalid/a"}
POOL = {"name": "gpu", "description": "fast"}
CASES: dict[str, tuple[str, dict[str, Any], str, dict[str, Any], dict[str, Any]]] = {
    "project": ("/projects", {"name": "sound"}, "PATCH", {"description": "one"}, {"description": "two"}),
    "webhook": ("/projects/vision/webhooks", HOOK, "PATCH", {"active": False}, {"description": "two"}),
    "pool": ("/pools", POOL, "PUT", {"description": "one"}, {"description": "two"}),
    "user": ("/users", {"name": "ada"}, "PATCH", {"email": "a@example.com"}, {"disabled": True}),
}


@pytest.fixture
def admin(client_of: ClientOf) -> TestClient:
    client = client_of("root", admin=True)
    assert client.post("/api/v1/projects", json={"name": "vision"}).status_code == 201
    return client


@pytest.mark.parametrize("case", CASES)
def test_what_was_changed_meanwhile_is_not_overwritten(admin: TestClient, case: str) -> None:
    where, body, method, first, second = CASES[case]
    made = admin.post(f"/api/v1{where}", json=body)
    assert made.status_code == 201, made.text
    told = made.json()
    told = told.get("user", told)
    path = f"/api/v1{where}/{told['id'] if case == 'webhook' else told['name']}"
    seen = admin.get(path).headers["etag"]
    changed = admin.request(method, path, json=first, headers={"If-Match": seen})
    assert changed.status_code == 200, changed.text
    assert changed.headers["etag"] == admin.get(path).headers["etag"] != seen
    late = admin.request(method, path, json=second, headers={"If-Match": seen})
    assert (late.status_code, late.json()["code"]) == (412, "outdated")
    assert admin.get(path).headers["etag"] == changed.headers["etag"]
    assert admin.request(method, path, json=second, headers={"If-Match": "*"}).status_code == 200
    assert admin.request(method, path, json=first).status_code == 200


def test_an_etag_that_nobody_would_look_at_is_refused(admin: TestClient) -> None:
    assert admin.post("/api/v1/projects", json={"name": "kept"}).status_code == 201
    refused = admin.delete("/api/v1/projects/kept", headers={"If-Match": '"of-long-ago"'})
    assert refused.status_code == 422, refused.text
    assert "this looks at no ETag" in refused.json()["detail"]
    assert admin.get("/api/v1/projects/kept", headers={"If-Match": '"of-long-ago"'}).status_code == 200
    assert admin.delete("/api/v1/projects/kept").status_code == 204
