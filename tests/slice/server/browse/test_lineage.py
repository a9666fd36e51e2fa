"""Where versions came from and what became of them, and what of that is told to whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.slice.server.accounts.statements import counted
from tests.slice.server.browse.conftest import API, OWNER, Made
from tests.slice.server.conftest import ClientOf, user_of

from starwhale.artifacts.schemas import VersionRead
from starwhale.core.kinds import Kind
from starwhale.core.uri import JobUri
from starwhale.jobs.blueprint import Blueprint
from starwhale.models.builder import BuildRequest, PackedRuntime
from starwhale.models.discovery import discover
from starwhale.server.services import Services

CODE = """
    from starwhale import evaluation, finetune

    @evaluation.predict
    def look(data):
        return data["a"]

    @finetune(require_train_datasets=True, require_validation_datasets=True)
    def train(train, validate):
        pass
"""
Build = Callable[..., VersionRead]


@pytest.fixture
def build(services: Services, tmp_path: Path) -> Build:
    """Builds a version of the model ``net``: ``build(2, desc="better")``."""

    def make(
        number: int, project: str = "vision", job: str = "", name: str = "net", **told: Any
    ) -> VersionRead:
        place = tmp_path / f"{name}-{project}-{number}"
        place.mkdir()
        (place / "code.py").write_text(dedent(CODE) + f"# {number}\n")
        request = BuildRequest(workdir=place, name=name, modules=("code",), **told)
        return services.models.build(replace(OWNER, job=job), project, request, discover=discover)

    return make


def place(services: Services, *, project: str = "vision", handler: str = "look", **more: Any) -> str:
    asked: dict[str, Any] = {"model": "net", "datasets": ("digits",), **more}
    return services.orders.place(OWNER, project, Blueprint(handler=f"code:{handler}", **asked)).id


def lineage(client: TestClient, which: str, version: str = "latest", **asked: Any) -> Any:
    answer = client.get(f"{API}/projects/vision/{which}/versions/{version}/lineage", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def told(job: Any) -> set[tuple[str, str]]:
    """Roles and names of what a job has to do with."""
    return {(each["role"], each["link"]["name"] or "?") for each in job["uses"]}


def test_a_model_tells_its_jobs_and_what_it_came_from(
    ada: TestClient, services: Services, build: Build, make_dataset: Made, make_files: Made
) -> None:
    make_dataset("digits", {0: {"a": 1}})
    make_dataset("held-out", {0: {"a": 2}})
    make_files(Kind.RUNTIME, "py", {"a.txt": b"1"})
    first = build(1)
    before = place(services)
    second = build(2)
    with_runtime = place(services, runtime="py")
    training = place(services, handler="train", validation_datasets=("held-out",))
    third = build(3, job=training)
    forged = build(4, desc=f"fine-tuned by job {training}")

    found = lineage(ada, "models/net", second.version)
    assert found["version"]["seq"] == 1
    assert found["parent"]["version"] == first.version
    assert found["maker"] is None
    assert found["runtime"] is None
    jobs = {each["id"]: each for each in found["jobs"]["items"]}
    assert list(jobs) == [training, with_runtime]  # the newest first, and none of the version before
    assert found["jobs"]["total"] == 2
    assert told(jobs[with_runtime]) == {("model", "net"), ("runtime", "py"), ("read", "digits")}
    assert told(jobs[training]) == {
        *(("model", "net"), ("read", "digits"), ("validated", "held-out"), ("made", "net"))
    }
    assert jobs[training]["handler"] == "code:train"

    assert lineage(ada, "models/net", forged.version)["maker"] is None, "anybody may write any message"
    made = lineage(ada, "models/net", third.version)
    assert made["maker"]["id"] == training
    assert made["jobs"]["items"] == []
    assert [each["id"] for each in lineage(ada, "models/net", "v0")["jobs"]["items"]] == [before]


def test_datasets_and_runtimes_tell_theirs(
    ada: TestClient, services: Services, build: Build, make_dataset: Made, make_files: Made
) -> None:
    make_dataset("digits", {0: {"a": 1}})
    make_dataset("others", {0: {"a": 2}})
    make_files(Kind.RUNTIME, "py", {"a.txt": b"1"})
    build(1)
    plain, with_runtime = place(services), place(services, runtime="py")
    validated = place(services, handler="train", datasets=("others",), validation_datasets=("digits",))
    jobs = lineage(ada, "datasets/digits")["jobs"]["items"]
    assert [each["id"] for each in jobs] == [validated, with_runtime, plain]
    assert [each["id"] for each in lineage(ada, "runtimes/py")["jobs"]["items"]] == [with_runtime]


def test_a_packed_runtime_is_told_where_it_is_and_where_it_is_not(
    ada: TestClient, services: Services, build: Build, make_files: Made
) -> None:
    there = make_files(Kind.RUNTIME, "py", {"a.txt": b"1"})
    for number, (version, removed) in enumerate([(there.version, False), ("z" * 40, True)]):
        build(number, runtime=PackedRuntime(name="py", version=version, files=()))
        runtime = lineage(ada, "models/net")["runtime"]
        assert (runtime["name"], runtime["version"], runtime["removed"]) == ("py", version, removed)


def test_what_one_may_not_see_is_not_named(
    ada: TestClient, services: Services, client_of: ClientOf, build: Build, make_dataset: Made
) -> None:
    bob = client_of("bob")
    bob_id = user_of(services, "bob").name
    assert ada.put(f"{API}/projects/vision/members/{bob_id}", json={"role": "GUEST"}).status_code == 200
    assert ada.post(f"{API}/projects", json={"name": "closed"}).status_code == 201
    make_dataset("secret-rows", {0: {"a": 1}}, project="closed")
    build(1)
    reads = place(services, datasets=("local/project/closed/dataset/secret-rows/version/latest",))
    elsewhere = place(
        services,
        project="closed",
        model="local/project/vision/model/net/version/latest",
        datasets=("secret-rows",),
    )
    owner = lineage(ada, "models/net")
    assert {each["id"] for each in owner["jobs"]["items"]} == {reads, elsewhere}
    answer = bob.get(f"{API}/projects/vision/models/net/versions/latest/lineage")
    assert "closed" not in answer.text
    assert "secret-rows" not in answer.text
    seen = answer.json()["jobs"]
    assert ([each["id"] for each in seen["items"]], seen["total"]) == ([reads], 1)
    hidden = next(each["link"] for each in seen["items"][0]["uses"] if each["role"] == "read")
    assert hidden == {
        "kind": "dataset",
        "hidden": True,
        **dict.fromkeys(("project", "name", "version"), ""),
        "seq": None,
        "removed": False,
    }


def test_a_token_that_is_not_for_jobs_is_told_of_none(
    ada: TestClient, services: Services, client_of: ClientOf, build: Build, make_dataset: Made
) -> None:
    make_dataset("digits", {0: {"a": 1}})
    build(1)
    place(services)
    token = ada.post(f"{API}/me/tokens", json={"name": "t", "scopes": ["project:read", "model:read"]})
    limited = client_of("")
    limited.headers["Authorization"] = f"Bearer {token.json()['token']}"
    assert lineage(ada, "models/net")["jobs"]["total"] == 1
    assert lineage(limited, "models/net")["jobs"] == {"items": [], "total": 0, "next": None}


def test_a_shared_version_is_the_same_everywhere(
    ada: TestClient, services: Services, build: Build, make_dataset: Made
) -> None:
    assert ada.post(f"{API}/projects", json={"name": "other"}).status_code == 201
    make_dataset("digits", {0: {"a": 1}}, project="other")
    build(1)
    share = f"{API}/projects/vision/models/net/versions/latest/share"
    assert ada.post(share, json={"project": "other", "name": "copied"}).status_code == 201
    there = place(services, project="other", model="copied")
    (job,) = lineage(ada, "models/net")["jobs"]["items"]
    assert job["id"] == there
    assert ("model", "copied") in told(job)


def test_what_is_gone_is_said_to_be_gone(
    ada: TestClient, services: Services, build: Build, make_dataset: Made
) -> None:
    make_dataset("digits", {0: {"a": 1}})
    make_dataset("thrown", {0: {"a": 2}})
    build(1)
    purged, binned, gone = place(services), place(services, datasets=("thrown",)), place(services)
    for name, force in (("digits", True), ("thrown", False)):
        asked = {"name": name, "force": force}
        assert ada.delete(f"{API}/projects/vision/datasets", params=asked).status_code == 200
    uri = JobUri(instance="local", project="vision", job=gone)
    services.jobs.cancel(OWNER, uri)
    services.jobs.remove(OWNER, uri)
    jobs = {each["id"]: each for each in lineage(ada, "models/net")["jobs"]["items"]}
    links = {job: next(use["link"] for use in jobs[job]["uses"] if use["role"] == "read") for job in jobs}
    assert set(links) == {purged, binned}
    assert (links[purged]["removed"], links[purged]["seq"]) == (True, None)
    assert (links[binned]["removed"], links[binned]["seq"]) == (True, 0)


def test_many_jobs_come_page_by_page_with_the_same_number_of_statements(
    ada: TestClient, server_app: FastAPI, services: Services, build: Build, make_dataset: Made
) -> None:
    make_dataset("digits", {0: {"a": 1}})
    build(1)
    made = [
        place(services, handler=("look", "train")[at % 2], validation_datasets=("digits",)) for at in range(2)
    ]
    statements = list[int]()
    for more in (0, 5):
        made += [place(services) for _ in range(more)]
        lineage(ada, "models/net")
        with counted(server_app) as seen:
            lineage(ada, "models/net")
        statements.append(len(seen))
    assert statements[0] == statements[1]
    found, cursor = list[str](), ""
    while True:
        page = lineage(ada, "models/net", size=3, cursor=cursor)["jobs"]
        assert page["total"] == 7
        found += [each["id"] for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == made[::-1]
