"""Packages over HTTP: listed by name, tagged, taken back, shared, thrown away and brought back."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient
from tests.slice.server.browse.conftest import API, OWNER, Made
from tests.slice.server.conftest import ClientOf

from starwhale.artifacts import browsing_trash
from starwhale.artifacts.browsing_trash import TrashItem
from starwhale.catalog.engine import Session
from starwhale.catalog.tables.artifacts import ArtifactRow, VersionRow
from starwhale.catalog.tables.jobs import JobRow
from starwhale.core.handlers import HandlerSpec
from starwhale.core.kinds import Kind
from starwhale.core.version import random_version
from starwhale.experiments.paths import RunPlace
from starwhale.jobs.plan import JobPlan, StepPlan
from starwhale.jobs.repository import JobRepository
from starwhale.jobs.states import JobState
from starwhale.kit.times import utc_now
from starwhale.projects.repository import ProjectRepository
from starwhale.server.services import Services

VISION = f"{API}/projects/vision"


def listed(client: TestClient, path: str, **asked: Any) -> list[dict[str, Any]]:
    answer = client.get(path, params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


@pytest.fixture
def digits(ada: TestClient, make_dataset: Made) -> list[str]:
    """Ids of three versions, the oldest first."""
    return [
        make_dataset("digits", {number: {"x": number}}, tags=[f"t{number}"]).version for number in range(3)
    ]


def test_packages_are_one_line_each(ada: TestClient, digits: list[str], make_dataset: Made) -> None:
    make_dataset("Cats", {0: {"x": 1}})
    first, second = listed(ada, f"{VISION}/datasets/packages")
    assert (first["name"], second["name"], second["versions"]) == ("Cats", "digits", 3)
    assert second["latest"]["version"] == digits[-1]
    assert second["latest"]["tags"] == ["latest", "v2", "t2"]
    assert second["size"] > second["latest"]["size"]
    assert second["changed_by"] == "ada"
    by_name = {"sort": "name", "descending": False}
    assert [each["name"] for each in listed(ada, f"{VISION}/datasets/packages", **by_name)] == [
        "Cats",
        "digits",
    ]
    assert [each["name"] for each in listed(ada, f"{VISION}/datasets/packages", search="AT")] == ["Cats"]
    assert listed(ada, f"{VISION}/datasets/packages", owner="grace") == []


def test_a_long_list_is_read_by_cursor(ada: TestClient, make_dataset: Made) -> None:
    for number in range(7):
        make_dataset(f"d{number}", {0: {"x": number}})
    found, cursor = [], ""
    for _ in range(3):
        page = ada.get(f"{VISION}/datasets/packages", params={"size": 3, "cursor": cursor, "sort": "name"})
        found += [each["name"] for each in page.json()["items"]]
        cursor = page.json()["next"] or ""
    assert (sorted(found), cursor) == ([f"d{number}" for number in range(7)], "")


def test_tags_are_listed_with_their_versions(ada: TestClient, digits: list[str]) -> None:
    found = listed(ada, f"{VISION}/datasets/digits/tags")
    assert [(each["name"], each["version"], each["seq"]) for each in found] == [
        (f"t{number}", digits[number], number) for number in range(3)
    ]
    assert ada.get(f"{VISION}/datasets/nothing/tags").status_code == 404


def test_an_older_version_becomes_the_latest_again(ada: TestClient, digits: list[str]) -> None:
    answer = ada.post(f"{VISION}/datasets/digits/versions/v0/revert")
    assert (answer.status_code, answer.json()["version"]) == (200, digits[0])
    assert "latest" in answer.json()["tags"]
    assert len(listed(ada, f"{VISION}/datasets/digits/versions")) == 3


@pytest.mark.parametrize("kind", [Kind.MODEL, Kind.RUNTIME])
def test_models_and_runtimes_go_back_too(ada: TestClient, make_files: Made, kind: Kind) -> None:
    first = make_files(kind, "m", {"a.txt": b"1"})
    make_files(kind, "m", {"a.txt": b"2"})
    assert ada.post(f"{VISION}/{kind}s/m/versions/v0/revert").json()["version"] == first.version
    assert ada.get(f"{VISION}/{kind}s/m/head").json()["version"] == first.version


def test_a_shared_version_is_read_by_those_it_was_shared_with(
    ada: TestClient, client_of: ClientOf, digits: list[str], services: Services
) -> None:
    grace = client_of("grace")
    grace.post(f"{API}/projects", json={"name": "sound"})
    manifest = services.artifacts.head(OWNER, "vision", Kind.DATASET, "digits")
    assert manifest is not None
    blob = f"{API}/blobs/{manifest.manifest}"
    assert grace.get(blob).status_code == 404
    share = f"{VISION}/datasets/digits/versions/latest/share"
    assert ada.post(share, json={"project": "sound"}).status_code == 404
    grace.put(f"{API}/projects/sound/members/ada", json={"role": "GUEST"})
    assert ada.post(share, json={"project": "sound"}).status_code == 403
    grace.put(f"{API}/projects/sound/members/ada", json={"role": "MAINTAINER"})
    absent = ada.post(share, json={"project": "sound", "name": "numbers", "tags": ["prod"]})
    assert (absent.status_code, "'prod'" in absent.json()["detail"]) == (404, True)
    answer = ada.post(share, json={"project": "sound", "name": "numbers", "tags": ["t2"]})
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["project"], told["name"], told["version"]) == ("sound", "numbers", digits[-1])
    assert told["tags"] == ["latest", "v0", "t2"]
    assert "vision" not in told["message"]
    assert grace.get(blob).status_code == 200
    assert grace.get(f"{API}/projects/sound/datasets/numbers/versions/t2").json()["version"] == digits[-1]
    assert ada.post(share, json={"project": "vision"}).status_code == 400


def test_the_trash_lists_restores_and_purges(
    ada: TestClient, digits: list[str], make_dataset: Made, client_of: ClientOf
) -> None:
    make_dataset("cats", {0: {"x": 1}})
    ada.delete(f"{VISION}/datasets", params={"name": "cats"})
    ada.delete(f"{VISION}/datasets", params={"name": "digits", "version": digits[2]})
    version, package = listed(ada, f"{VISION}/trash")
    assert (version["name"], version["version"], package["name"], package["version"]) == (
        "digits",
        digits[2],
        "cats",
        None,
    )
    assert [each["item"] for each in listed(ada, f"{VISION}/trash", kind="dataset")] == [
        version["item"],
        package["item"],
    ]
    assert listed(ada, f"{VISION}/trash", kind="model") == []
    client_of("grace")
    ada.put(f"{VISION}/members/grace", json={"role": "MAINTAINER"})
    grace = client_of("grace")
    assert grace.delete(f"{VISION}/trash/{version['item']}").status_code == 403
    assert grace.post(f"{VISION}/trash/{version['item']}/restore").status_code == 200
    assert ada.get(f"{VISION}/datasets/digits/head").json()["version"] == digits[2]
    make_dataset("cats", {0: {"x": 2}})
    assert ada.post(f"{VISION}/trash/{package['item']}/restore").status_code == 409
    assert ada.delete(f"{VISION}/trash/{package['item']}").status_code == 204
    assert ada.delete(f"{VISION}/trash/{package['item']}").status_code == 404
    assert listed(ada, f"{VISION}/trash") == []


def test_whoever_owns_a_project_empties_its_trash(
    ada: TestClient, digits: list[str], client_of: ClientOf
) -> None:
    ada.delete(f"{VISION}/datasets", params={"name": "digits", "version": "v0"})
    ada.delete(f"{VISION}/datasets", params={"name": "digits", "version": "v1"})
    client_of("grace")
    ada.put(f"{VISION}/members/grace", json={"role": "MAINTAINER"})
    assert client_of("grace").delete(f"{VISION}/trash").status_code == 403
    assert ada.delete(f"{VISION}/trash").json() == {"gone": 2}
    assert [each["version"] for each in listed(ada, f"{VISION}/datasets/digits/versions")] == [digits[2]]


@pytest.mark.parametrize(
    "item", ["version-0", "version-99999999999999999999", "job-x", "%2e%2e", "package-1e3"]
)
def test_what_the_trash_does_not_hold_is_not_found(ada: TestClient, item: str) -> None:
    assert ada.post(f"{VISION}/trash/{item}/restore").status_code in {404, 405}
    assert ada.delete(f"{VISION}/trash/{item}").status_code in {404, 405}


def ended_run(services: Services) -> str:
    run, now = random_version(), utc_now()
    place, writer = RunPlace(services.settings.root, "vision", run), services.tables.writer()
    told = {"name": "fit", "owner": "ada", "created_at": now, "tags": [], "description": ""}
    writer.put(place.runs, run, told)
    process = {"host": "h", "pid": 1, "started": "1", "joined_at": now, "seen_at": now, "forked": False}
    writer.put(place.processes, "first", {**process, "ended_at": now, "failed": False, "error": ""})
    writer.flush()
    writer.close()
    return run


def thrown_jobs(services: Services) -> list[str]:
    spec = HandlerSpec(id="m:run", module="m", qualname="run")
    plan = JobPlan(project="vision", handler="m:run", steps=(StepPlan(spec=spec),))
    ids: list[str] = []
    with services.catalog.begin() as session:
        number = ProjectRepository(session).id_of("vision") or 0
        for _ in range(2):
            job = JobRepository(session).add(number, plan, [], "ada", utc_now())
            JobRepository(session).mark(job, utc_now())
            session.execute(update(JobRow).where(JobRow.id == job).values(state=JobState.SUCCESS.value))
            ids.append(job)
    return ids


def test_only_owners_delete_for_good(ada: TestClient, services: Services, client_of: ClientOf) -> None:
    run, (job, _) = ended_run(services), thrown_jobs(services)
    client_of("grace")
    ada.put(f"{VISION}/members/grace", json={"role": "MAINTAINER"})
    grace = client_of("grace")
    assert grace.post(f"{VISION}/jobs/{job}/recover").status_code == 200
    for_good = {"force": True}
    for path in (f"{VISION}/jobs/{job}", f"{VISION}/runs/{run}"):
        answer = grace.delete(path, params=for_good)
        assert (answer.status_code, "manage" in answer.text) == (403, True), answer.text
        assert grace.delete(path).status_code == 204, "into the trash is another thing"
        assert grace.delete(path, params=for_good).status_code == 403
        assert ada.delete(path, params=for_good).status_code == 204
        assert ada.delete(path, params=for_good).status_code == 404


def test_what_was_taken_out_of_the_trash_meanwhile_stays(
    ada: TestClient,
    services: Services,
    digits: list[str],
    make_dataset: Made,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_dataset("cats", {0: {"x": 1}})
    ada.delete(f"{VISION}/datasets", params={"name": "cats"})
    ada.delete(f"{VISION}/datasets", params={"name": "digits", "version": digits[0]})
    jobs = thrown_jobs(services)
    find, order = browsing_trash._find, [each["item"] for each in listed(ada, f"{VISION}/trash")]
    tables = {"version": VersionRow, "package": ArtifactRow, "job": JobRow}

    def find_then_taken_out(session: Session, project: int, item: str) -> TrashItem:
        """As another transaction does that ends between the look and the deed."""
        found, (what, _, number) = find(session, project, item), item.partition("-")
        row = tables[what]
        which = row.id == (number if what == "job" else int(number))
        session.execute(update(row).where(which).values(removed_at=None))
        return found

    with monkeypatch.context() as patched:
        patched.setattr(browsing_trash, "_find", find_then_taken_out)
        for item in order:
            answer = ada.delete(f"{VISION}/trash/{item}")
            assert (answer.status_code, "the trash holds no" in answer.text) == (404, True), answer.text
    kept = ada.get(f"{VISION}/jobs", params={"removed": True}).json()["items"]
    assert {each["id"] for each in kept} == set(jobs)
    left = {each["item"] for each in listed(ada, f"{VISION}/trash")}
    assert left == set(order) - {f"job-{job}" for job in jobs}, "it was undone with the rest, but of jobs"


def test_jobs_lie_in_the_trash_too(ada: TestClient, services: Services) -> None:
    ids = thrown_jobs(services)
    found = listed(ada, f"{VISION}/trash")
    assert {(each["item"], each["kind"], each["name"]) for each in found} == {
        (f"job-{job}", "job", "m:run") for job in ids
    }
    assert ada.post(f"{VISION}/trash/job-{ids[0]}/restore").status_code == 200
    assert ada.delete(f"{VISION}/trash").json() == {"gone": 1}
    assert listed(ada, f"{VISION}/trash") == []
    assert ada.get(f"{API}/projects/vision").json()["counts"]["jobs"] == 1
