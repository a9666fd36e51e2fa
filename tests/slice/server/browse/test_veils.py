"""A job may read what its own readers may not see: of that nothing is named anywhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient
from tests.slice.server.browse.conftest import API, OWNER, Made
from tests.slice.server.browse.test_lineage import Build, build, place
from tests.slice.server.conftest import ClientOf, user_of

from starwhale.catalog.tables.artifacts import ArtifactRow, VersionRow
from starwhale.catalog.tables.jobs import JobEventRow, JobRow
from starwhale.core.errors import NotFound
from starwhale.core.kinds import Kind
from starwhale.core.uri import JobUri
from starwhale.jobs.blueprint import Blueprint
from starwhale.jobs.veils import HIDDEN
from starwhale.kit.times import utc_now
from starwhale.server.firing import fire_schedules
from starwhale.server.services import Services

__all__ = ["build"]
SECRETS = ("closed", "secret-rows")
ROWS = "local/project/closed/dataset/secret-rows/version/latest"
JOBS, TEMPLATES = f"{API}/projects/vision/jobs", f"{API}/projects/vision/templates"


@pytest.fixture
def job(ada: TestClient, services: Services, build: Build, make_dataset: Made) -> str:
    """A job that reads and validates on what lies in a closed project, and failed of it."""
    assert ada.post(f"{API}/projects", json={"name": "closed"}).status_code == 201
    make_dataset("secret-rows", {0: {"a": 1}}, project="closed")
    make_dataset("digits", {0: {"a": 1}})
    build(1)
    made = place(services, handler="train", datasets=("digits", ROWS), validation_datasets=(ROWS,))
    cause = (
        "no dataset 'secret-rows' in project 'closed'; "
        "train failed on row 0 of dataset 'closed/secret-rows': ValueError"
    )
    with services.catalog.begin() as session:
        session.execute(update(JobRow).where(JobRow.id == made).values(cause=cause))
        told = {"at": utc_now(), "subject": "job", "name": "", "old": "READY", "new": "FAIL", "cause": cause}
        session.add(JobEventRow(job_id=made, **told))
    assert ada.post(TEMPLATES, json={"name": "nightly", "job": made}).status_code == 201
    return made


@pytest.fixture
def bob(ada: TestClient, client_of: ClientOf, services: Services) -> TestClient:
    """A maintainer of the project of the job, who knows nothing of the other one."""
    client = client_of("bob")
    name = user_of(services, "bob").name
    answer = ada.put(f"{API}/projects/vision/members/{name}", json={"role": "MAINTAINER"})
    assert answer.status_code == 200, answer.text
    return client


def paths(job: str) -> list[str]:
    return [
        *(JOBS, f"{JOBS}/{job}", f"{JOBS}/{job}/events", TEMPLATES, f"{TEMPLATES}/nightly"),
        *(f"{API}/projects/vision/evaluations", f"{API}/projects/vision/schedules"),
        f"{API}/projects/vision/models/net/versions/latest/lineage",
    ]


def test_nothing_names_what_lies_in_a_closed_project(ada: TestClient, bob: TestClient, job: str) -> None:
    named = {path for path in paths(job) if any(each in ada.get(path).text for each in SECRETS)}
    assert named == set(paths(job)) - {f"{API}/projects/vision/schedules"}, "its owner sees all of it"
    for path in paths(job):
        answer = bob.get(path)
        assert answer.status_code == 200, (path, answer.text)
        assert not [each for each in SECRETS if each in answer.text], (path, answer.text)
    told = bob.get(f"{JOBS}/{job}").json()
    assert [each == HIDDEN for each in told["datasets"]] == [False, True]
    assert told["plan"]["validation_datasets"] == [{"uri": HIDDEN, "project": "", "name": "", "version": ""}]
    assert told["cause"] == (
        f"no dataset {HIDDEN} in project {HIDDEN}; train failed on row 0 of dataset '{HIDDEN}': ValueError"
    )
    assert bob.patch(f"{JOBS}/{job}", json={"comment": "odd"}).json()["datasets"] == told["datasets"]
    blueprint = bob.get(f"{TEMPLATES}/nightly").json()["blueprint"]
    assert (blueprint["datasets"][1], blueprint["validation_datasets"]) == (HIDDEN, [HIDDEN])


def test_whoever_may_not_look_makes_no_job_of_it_unless_he_names_other_data(
    bob: TestClient, job: str
) -> None:
    for path in (f"{JOBS}/{job}/again", f"{TEMPLATES}/nightly/jobs"):
        refused = bob.post(path, json={})
        assert refused.status_code == 404, refused.text
        assert not [each for each in SECRETS if each in refused.text], refused.text
        assert "you may not look into" in refused.text
        other: dict[str, Any] = {"datasets": ["digits"], "validation_datasets": ["digits"]}
        assert bob.post(path, json=other).status_code == 201


def test_a_model_and_a_runtime_are_hidden_as_well(
    ada: TestClient,
    bob: TestClient,
    services: Services,
    build: Build,
    make_dataset: Made,
    make_files: Made,
    job: str,
) -> None:
    build(2, project="closed")
    make_files(Kind.RUNTIME, "secret-rows", {"a.txt": b"1"}, project="closed")
    model = "local/project/closed/model/net/version/latest"
    made = place(
        services,
        model=model,
        runtime="local/project/closed/runtime/secret-rows/version/latest",
        datasets=("digits",),
    )
    told = bob.get(f"{JOBS}/{made}")
    assert not [each for each in SECRETS if each in told.text], told.text
    found = told.json()
    assert (found["model"], found["runtime"], found["plan"]["model_name"]) == (HIDDEN, HIDDEN, "")
    assert found["datasets"] == ada.get(f"{JOBS}/{made}").json()["datasets"]


def test_no_name_of_a_closed_project_is_guessed_by_searching_for_it(
    ada: TestClient, bob: TestClient, services: Services, build: Build, job: str
) -> None:
    build(2, project="closed", name="Secret")
    model = "local/project/closed/model/Secret/version/latest"
    made = place(services, model=model, comment="by ann")
    evaluations = f"{API}/projects/vision/evaluations"

    def found(client: TestClient, path: str, **asked: str) -> set[str]:
        answer = client.get(path, params=asked)
        assert answer.status_code == 200, answer.text
        assert answer.json()["total"] == len(answer.json()["items"])
        return {each["id"] for each in answer.json()["items"]}

    questions = ((JOBS, {"model": "Secret"}), (JOBS, {"text": "secr"}), (evaluations, {"text": "CRET"}))
    for path, asked in questions:
        assert found(ada, path, **asked) == {made}, "its owner finds it"
        assert found(bob, path, **asked) == set()
    assert found(bob, JOBS, model="net") == found(bob, JOBS, text="net") == {job}, "its own project is open"
    assert found(bob, JOBS, text="by ann") == {made}, "the other words are no secret"
    assert ada.patch(f"{API}/projects/closed", json={"public": True}).status_code == 200
    for path, asked in questions:
        assert found(bob, path, **asked) == {made}


def test_a_public_project_is_closed_to_nobody(ada: TestClient, bob: TestClient, job: str) -> None:
    assert ada.patch(f"{API}/projects/closed", json={"public": True}).status_code == 200
    assert bob.get(f"{JOBS}/{job}").json()["datasets"] == ada.get(f"{JOBS}/{job}").json()["datasets"]


def test_a_schedule_reads_nothing_that_is_closed_to_whoever_wrote_what_it_runs(
    ada: TestClient,
    bob: TestClient,
    services: Services,
    make_files: Made,
    job: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its jobs have the rights of whoever made it, and others may save its template anew."""
    asked = {"name": "s", "template": "nightly", "cron": "* * * * *"}
    assert ada.post(f"{API}/projects/vision/schedules", json=asked).status_code == 201
    minutes = iter(range(1, 100))

    def fired() -> str:
        """What became of the next moment: empty, or why there is no job."""
        now = utc_now() + timedelta(minutes=next(minutes))
        monkeypatch.setattr("starwhale.server.firing.utc_now", lambda: now)
        before = services.jobs.list(OWNER, "vision").total
        fire_schedules(services)
        made = services.jobs.list(OWNER, "vision").total - before
        missed = ada.get(f"{API}/projects/vision/events", params={"name": "schedule.missed"}).json()["items"]
        assert made in {0, 1}
        return "" if made else missed[0]["payload"]["cause"]

    assert fired() == "", "what its own maker wrote, it runs"
    writer = services.work.passes.owner("bob")
    theirs = Blueprint(handler="code:look", model="net", datasets=("digits",))
    services.job_templates.save(writer, "vision", "nightly", theirs, force=True)
    assert fired() == "", "what lies in the project itself is his as well"
    for reaching in (replace(theirs, datasets=(ROWS,)), replace(theirs, log_project="closed")):
        services.job_templates.save(writer, "vision", "nightly", reaching, force=True)
        assert fired() != ""
    make_files(Kind.RUNTIME, "py", {"a.txt": b"1"})
    reaching = replace(theirs, datasets=(ROWS,), runtime="py")
    services.job_templates.save(OWNER, "vision", "nightly", reaching, force=True)
    assert fired() == ""

    def by(name: str, kind: Kind) -> None:
        mine = select(ArtifactRow.id).where(ArtifactRow.kind == kind.value)
        with services.catalog.begin() as session:
            made = update(VersionRow).where(VersionRow.artifact_id.in_(mine))
            session.execute(made.values(created_by=name))

    for kind in (Kind.MODEL, Kind.RUNTIME):
        by("bob", kind)
        assert "may not look into" in fired(), f"nor does a {kind} of his, whose code is what runs"
        by("gone", kind)
        assert "'gone'" in fired()
        by(OWNER.name, kind)
        assert fired() == ""


def test_nobody_has_a_terminal_where_more_is_open_than_to_him(
    ada: TestClient, bob: TestClient, services: Services, job: str
) -> None:
    found = services.jobs.info(OWNER, JobUri(instance="local", project="vision", job=job))
    visitor = services.work.passes.owner("bob")
    assert services.job_entries.check_shell(OWNER, found)
    with pytest.raises(NotFound, match="may not look into"):
        services.job_entries.check_shell(visitor, found)
    plain = replace(found, plan=replace(found.plan, datasets=(), validation_datasets=(), steps=()))
    assert services.job_entries.check_shell(visitor, plain)
    elsewhere = replace(plain, plan=replace(plain.plan, log_project="closed"))
    with pytest.raises(NotFound):
        services.job_entries.check_shell(visitor, elsewhere)
