"""What administrators are shown of the server itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.testclient import TestClient
from tests.slice.server.conftest import token_of

from starwhale.core.settings import Settings
from starwhale.server.app import create_app
from starwhale.server.configuration import configure
from starwhale.server.services import Services
from starwhale.server.settings import ServerSettings

PATHS = ("settings", "findings", "figures")


@pytest.mark.parametrize("path", PATHS)
def test_it_is_for_administrators_alone(client_of, admin: TestClient, path: str) -> None:
    assert client_of("").get(f"/api/v1/system/{path}").status_code == 401
    assert client_of("ada").get(f"/api/v1/system/{path}").status_code == 403
    assert admin.get(f"/api/v1/system/{path}").status_code == 200


def test_settings_tell_where_they_come_from_and_no_secret(server_app: FastAPI, admin: TestClient) -> None:
    store: Settings = server_app.state.settings.store
    file = store.root / "server.yaml"
    file.write_text("most_jobs: 7\noidc_client_secret: canary-file-1234\n", "utf-8")
    environ = {"SW_SERVER_PORT": "9000", "SW_SERVER_METRICS_TOKEN": "canary-variable-1234"}
    flags = {"workers": 1, "env": {"AWS_SECRET_ACCESS_KEY": "canary-flag-1234"}}
    server_app.state.configuration = configure(flags, environ, store.root)
    answer = admin.get("/api/v1/system/settings")
    told = answer.json()
    assert told["file"] == str(file)
    items = {each["name"]: each for each in told["items"]}
    assert {name: items[name]["origin"] for name in ("most_jobs", "port", "workers", "host")} == {
        "most_jobs": f"{file}, line 1",
        "port": "SW_SERVER_PORT",
        "workers": "--workers",
        "host": "built in",
    }
    assert (items["port"]["value"], items["most_jobs"]["value"]) == (9000, 7)
    assert items["env"]["value"] == {"AWS_SECRET_ACCESS_KEY": "********"}
    assert all(each["meaning"] for each in items.values())
    assert "canary" not in answer.text


def test_settings_of_nobody_knows_where_are_told_as_well(admin: TestClient) -> None:
    told = admin.get("/api/v1/system/settings").json()
    assert told["file"] is None
    assert {each["origin"] for each in told["items"]} == {"built in"}


def test_findings_tell_of_catalog_objects_and_disk(admin: TestClient) -> None:
    found = {each["name"]: each for each in admin.get("/api/v1/system/findings").json()["items"]}
    assert {"catalog", "tables", "durability", "objects", "disk", "clock", "packages"} <= set(found)
    assert (found["catalog"]["state"], found["objects"]["state"]) == ("ok", "ok")
    assert "process" not in found


def test_a_store_that_takes_nothing_is_found(
    server_app: FastAPI, services: Services, admin: TestClient
) -> None:
    if services.blobs.objects.path("x") is None:
        pytest.skip("a bucket that is not there is found in test_needs")
    place = Path(server_app.state.settings.store.objects_url)
    place.rmdir() if place.is_dir() else None
    place.write_text("a file where a directory should be", "utf-8")
    found = {each["name"]: each for each in admin.get("/api/v1/system/findings").json()["items"]}
    assert found["objects"]["state"] == "failed"
    assert found["catalog"]["state"] == "ok"


def test_figures_count_what_there_is_and_what_was_asked(
    admin: TestClient, client_of, services: Services
) -> None:
    client_of("ada").post("/api/v1/projects", json={"name": "vision"})
    before = admin.get("/api/v1/system/figures").json()
    assert (before["catalog"], before["workers"], before["executor"]) == (
        services.catalog.dialect,
        1,
        "local",
    )
    assert before["counts"] == {"users": 2, "projects": 2, "datasets": 0, "models": 0, "runtimes": 0}
    assert before["catalog_size"] > 0
    assert before["disk_free"] <= before["disk_total"]
    assert before["memory"] is None or before["memory"] > 1 << 20
    admin.get("/api/v1/projects/nowhere")
    after = admin.get("/api/v1/system/figures").json()
    assert after["requests"]["answered"] == before["requests"]["answered"] + 2
    assert after["requests"]["refused"] == before["requests"]["refused"] + 1
    buckets = after["requests"]["buckets"]
    assert buckets[-1] == {"most": None, "count": after["requests"]["answered"]}
    assert [each["count"] for each in buckets] == sorted(each["count"] for each in buckets)


@pytest.fixture
def shared(server_settings: ServerSettings, tmp_path: Path, monkeypatch) -> Iterator[FastAPI]:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    app = create_app(server_settings.model_copy(update={"workers": 2, "env": {"A": SecretStr("b")}}))
    yield app
    app.state.services.close()


def test_figures_are_those_of_all_processes_together(shared: FastAPI) -> None:
    client = TestClient(shared, base_url="http://localhost")
    client.headers["Authorization"] = f"Bearer {token_of(shared.state.services, 'admin', admin=True)}"
    told = client.get("/api/v1/system/figures")
    assert told.status_code == 200
    assert told.json()["workers"] == 2


def test_a_pool_bounds_whole_devices(admin: TestClient) -> None:
    bounds = {"nvidia.com/gpu": {"most": 2, "default": 1}, "cpu": {"most": 1.5}}
    made = admin.post("/api/v1/pools", json={"name": "gpus", "bounds": bounds})
    assert made.status_code == 201, made.text
    assert made.json()["bounds"] == bounds
