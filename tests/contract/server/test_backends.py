"""That the tests of this folder run on what they say."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.testclient import TestClient

from starwhale.server.doctor import examine
from starwhale.server.services import Services


def test_the_server_runs_on_postgresql_and_s3(services: Services, admin: TestClient) -> None:
    assert admin.get("/readyz").status_code == 200
    assert services.catalog.dialect == "postgresql"
    assert services.blobs.objects.path("x") is None


def test_the_doctor_finds_both_well(server_app: FastAPI, services: Services) -> None:
    assert services.catalog
    found = {each.name: each for each in examine(server_app.state.settings)}
    for name in ("catalog", "tables", "objects", "clock"):
        assert found[name].state == "ok", found[name]
