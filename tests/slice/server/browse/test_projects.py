"""Projects over HTTP: found, counted, described, opened, thrown away."""

from __future__ import annotations

import pytest
from sqlalchemy import event
from starlette.testclient import TestClient
from tests.slice.server.conftest import ClientOf

from starwhale.server.services import Services


@pytest.fixture
def ada(client_of: ClientOf) -> TestClient:
    return client_of("ada")


def made(client: TestClient, name: str, description: str = "") -> TestClient:
    answer = client.post("/api/v1/projects", json={"name": name, "description": description})
    assert answer.status_code == 201, answer.text
    return client


def names(client: TestClient, **asked: str | bool) -> list[str]:
    answer = client.get("/api/v1/projects", params=asked)
    assert answer.status_code == 200, answer.text
    return [each["name"] for each in answer.json()["items"]]


def test_whoever_makes_a_project_owns_it_and_is_told_so(ada: TestClient) -> None:
    answer = ada.post("/api/v1/projects", json={"name": "vision", "description": "Looks."})
    told = answer.json()
    assert (answer.status_code, told["role"], told["readme"]) == (201, "OWNER", "")
    assert told["counts"] == {"datasets": 0, "models": 0, "runtimes": 0, "jobs": 0}
    assert answer.headers["ETag"] == ada.get("/api/v1/projects/vision").headers["ETag"]


def test_a_list_is_searched_sorted_and_narrowed(ada: TestClient, client_of: ClientOf) -> None:
    made(ada, "alpha", "about Cats")
    made(ada, "beta", "100% dogs_")
    grace = made(client_of("grace"), "gamma")
    grace.patch("/api/v1/projects/gamma", json={"public": True})
    assert names(ada) == ["alpha", "beta", "gamma"]
    assert names(ada, search="CATS") == ["alpha"]
    assert names(ada, search="%") == ["beta"]
    assert names(ada, search="s_") == ["beta"]
    assert names(ada, mine=True) == ["alpha", "beta"]
    assert names(ada, public=True) == ["gamma"]
    assert names(ada, sort="created", descending=True) == ["gamma", "beta", "alpha"]
    ada.patch("/api/v1/projects/alpha", json={"readme": "# A"})
    assert names(ada, sort="changed", descending=True) == ["alpha", "gamma", "beta"]
    assert names(client_of("")) == ["gamma"]


def test_the_trash_shows_ones_own_removed_projects(ada: TestClient, client_of: ClientOf) -> None:
    made(ada, "gone")
    made(ada, "kept")
    made(client_of("grace"), "hers").delete("/api/v1/projects/hers")
    assert ada.delete("/api/v1/projects/gone").status_code == 204
    assert names(ada) == ["kept"]
    assert names(ada, removed="only") == ["gone"]
    assert names(ada, removed=True) == ["gone", "kept"]
    assert ada.post("/api/v1/projects/gone/recover").json()["name"] == "gone"
    assert names(ada) == ["gone", "kept"]


def test_a_project_waits_in_the_trash_while_another_has_its_name(
    ada: TestClient, client_of: ClientOf
) -> None:
    made(ada, "sound").delete("/api/v1/projects/sound")
    grace = made(client_of("grace"), "sound")
    taken = ada.post("/api/v1/projects/sound/recover")
    assert (taken.status_code, taken.json()["code"]) == (409, "conflict")
    assert "not yours" in taken.json()["hint"]
    assert grace.delete("/api/v1/projects/sound").status_code == 204
    assert ada.post("/api/v1/projects/sound/recover").status_code == 200
    made(ada, "twice").delete("/api/v1/projects/twice")
    own = made(ada, "twice").post("/api/v1/projects/twice/recover").json()
    assert "`swcli project remove twice`" in own["hint"]


def test_an_edit_names_what_it_has_seen(ada: TestClient) -> None:
    made(ada, "vision")
    seen = ada.get("/api/v1/projects/vision").headers["ETag"]
    first = ada.patch("/api/v1/projects/vision", json={"readme": "# One"}, headers={"If-Match": seen})
    assert (first.status_code, first.json()["readme"]) == (200, "# One")
    late = ada.patch("/api/v1/projects/vision", json={"readme": "# Two"}, headers={"If-Match": seen})
    assert (late.status_code, late.json()["code"]) == (412, "outdated")
    again = {"If-Match": first.headers["ETag"]}
    assert ada.patch("/api/v1/projects/vision", json={"readme": "# Two"}, headers=again).status_code == 200
    anyhow = ada.patch("/api/v1/projects/vision", json={"description": "d"}, headers={"If-Match": "*"})
    assert (anyhow.json()["description"], anyhow.json()["readme"]) == ("d", "# Two")
    wrong = ada.patch("/api/v1/projects/vision", json={}, headers={"If-Match": "x"})
    assert wrong.status_code == 400


def test_only_owners_describe_a_project(ada: TestClient, client_of: ClientOf) -> None:
    made(ada, "vision")
    client_of("grace")
    grace = client_of("grace")
    assert grace.patch("/api/v1/projects/vision", json={"readme": "x"}).status_code == 404
    ada.put("/api/v1/projects/vision/members/grace", json={"role": "MAINTAINER"})
    assert grace.get("/api/v1/projects/vision").json()["role"] == "MAINTAINER"
    assert grace.patch("/api/v1/projects/vision", json={"readme": "x"}).status_code == 403
    assert grace.patch("/api/v1/projects/vision", json={"public": True}).status_code == 403
    assert ada.patch("/api/v1/projects/vision", json={"name": "other"}).status_code == 422


def test_texts_have_bounds_and_are_kept_as_they_are(ada: TestClient) -> None:
    made(ada, "vision")
    hostile = "<script>alert(1)</script>\n[x](javascript:alert(1))\u202e"
    told = ada.patch("/api/v1/projects/vision", json={"readme": hostile})
    assert (told.json()["readme"], told.headers["content-type"]) == (hostile, "application/json")
    assert ada.patch("/api/v1/projects/vision", json={"readme": "é" * 600_000}).status_code == 400
    assert ada.patch("/api/v1/projects/vision", json={"description": "x" * 10_001}).status_code == 422


def test_counting_takes_no_query_for_each_project(ada: TestClient, services: Services) -> None:
    for number in range(12):
        made(ada, f"p{number}")
    asked: list[str] = []
    engine = services.catalog._engine
    event.listen(engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    assert len(names(ada)) == 12
    assert len([each for each in asked if each.lstrip().upper().startswith("SELECT")]) <= 8
