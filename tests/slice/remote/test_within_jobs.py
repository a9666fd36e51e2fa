"""What user code may do in a job of a server: `local` is that server, with the rights of the job's owner."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from textwrap import dedent

import pytest
from starlette.testclient import TestClient
from tests.slice.server.conftest import ROOT, server_settings
from tests.slice.server.jobs.conftest import Live, Server, until

from starwhale.core.addresses import Defaults, parse_uri
from starwhale.core.errors import Forbidden
from starwhale.core.instances import LOCAL
from starwhale.core.kinds import Kind
from starwhale.core.permissions import Role
from starwhale.core.settings import Settings
from starwhale.evaluations.results import ResultStore
from starwhale.experiments.schemas import RunState
from starwhale.instance.local import LocalInstance
from starwhale.server.settings import ServerSettings

__all__ = ["server_settings"]
LATE = "/api/v1/projects/self/datasets/late/builds"
JOBS = "/api/v1/projects/self/jobs"

CODE = """
    import os, time
    from pathlib import Path

    from starwhale import Context, Job, dataset, evaluation, finetune, handler, model
    from starwhale.api.context import pass_context

    @finetune
    def train(datasets):
        Path("weights.txt").write_text(str(sum(row.features["x"] for row in datasets[0])))

    @handler()
    @pass_context
    def make(context):
        rows = dataset("d", readonly=True)
        with dataset("doubled") as doubled:
            for row in rows:
                doubled[row.index] = {"x": row.features["x"] * 2}
            doubled.commit(tags=["made"])
        with dataset("doubled") as doubled:
            doubled.append({"x": -1})
            doubled.commit()
        Path("note.txt").write_text("hello")
        built = model.build(["code_of_user"], name="second", tags=["from-job"])
        evaluation.log("rows", 1, {"n": len(rows), "built": str(built), "where": str(context.run_project)})
        evaluation.log_summary(total=sum(row.features["x"] for row in dataset("doubled", readonly=True)))
        with evaluation.Evaluation("nightly") as other:
            other.log_summary(n=len(rows))

    @finetune
    def spy(datasets):
        dataset("local/project/other/dataset/far/version/latest", readonly=True)

    @handler()
    def order():
        Job.create("", "m", "make")

    @handler()
    def tracking():
        from starwhale import track
        track.start("lost", mode="offline")

    @handler()
    def following():
        from starwhale import track
        with track.start("followed", tags=["job"]):
            track.params(rate=0.1)
            for step in range(5):
                track.metrics(loss=1 / (step + 1))
            track.artifacts(raw=b"weights")
            print("so far so good")

    @handler()
    def leaving():
        from starwhale import track
        track.start("left", auto_run_collect=False)
        track.metrics(loss=1)
        raise ValueError("bad luck")

    @handler()
    def keeping():
        from starwhale import track
        with track.start("kept", mode="offline", saved_dir="KEPT"):
            track.metrics(loss=0.5)

    @handler()
    def lingering():
        print("token", os.environ["SW_TOKEN"], flush=True)
        with dataset("late") as late:
            late.append({"x": 1})
            while not os.path.exists("GO"):
                time.sleep(0.05)
            late.commit()
"""


@pytest.fixture
def live(tmp_path: Path, server_settings: ServerSettings) -> Iterator[Live]:
    """A server that runs jobs."""
    with Server(server_settings) as running:
        code = dedent(CODE).replace('"GO"', repr(str(tmp_path / "go")))
        code = code.replace('"KEPT"', repr(str(tmp_path / "kept")))
        running.stock(tmp_path / "code", code=code)
        yield running


def order(client: TestClient, handler: str, **more: object) -> str:
    made = client.post(JOBS, json={"model": "m", "handler": f"code_of_user:{handler}", **more})
    assert made.status_code == 201, made.text
    return made.json()["id"]


def shown_token(client: TestClient, job: str) -> str:
    """What `lingering` shows at the door of the server."""
    patience = time.monotonic() + 60
    while "token" not in (told := client.get(f"{JOBS}/{job}/logs/0.0").text):
        assert time.monotonic() < patience
        time.sleep(0.1)
    return told.split()[1]


def done(client: TestClient, handler: str, **more: object) -> str:
    job = order(client, handler, **more)
    ended = until(client, job, "SUCCESS", "FAIL")
    assert ended["state"] == "SUCCESS", (ended["cause"], client.get(f"{JOBS}/{job}/logs/0.0").text)
    return job


def test_a_fine_tuned_model_is_on_the_server_afterwards(live: Live) -> None:
    client = live.client()
    job = done(client, "train", datasets=["d"])
    summary = ResultStore(live.services.tables, project="self", job=job).get_summary()
    listed = client.get("/api/v1/projects/self/models", params={"name": "m"}).json()["items"]
    assert len(listed) == 2
    newest = listed[0]
    assert summary["finetuned_model"] == f"{LOCAL}/project/self/model/m/version/{newest['version']}"
    assert newest["message"] == f"fine-tuned by job {job}"
    assert newest["parent"] == listed[1]["version"]
    place = f"/api/v1/projects/self/models/m/versions/{newest['version']}/lineage"
    assert client.get(place).json()["maker"]["id"] == job
    assert newest["created_by"] == "admin"
    assert any(tag.startswith("finetune-") for tag in newest["tags"])
    house = live.services
    found = house.models.resolve(house.actor, parse_uri("m", kind=Kind.MODEL, defaults=Defaults()))
    (weights,) = [each for each in house.models.contents.files(found) if each.path.endswith("weights.txt")]
    assert house.blobs.read(weights.digest) == b"190"


def test_user_code_reads_and_writes_its_project_on_the_server(live: Live) -> None:
    client = live.client()
    job = done(client, "make")
    results = ResultStore(live.services.tables, project="self", job=job)
    assert results.get_summary()["total"] == sum(range(20)) * 2 - 1
    (row,) = results.scan("rows")
    assert (row["n"], row["where"]) == (20, "local/project/self")
    (built,) = client.get("/api/v1/projects/self/models", params={"name": "second"}).json()["items"]
    assert row["built"].endswith(built["version"])
    assert "from-job" in built["tags"]
    datasets = client.get("/api/v1/projects/self/datasets", params={"name": "doubled"}).json()["items"]
    assert [each["meta"]["rows"] for each in datasets] == [21, 20]
    made = client.get("/api/v1/projects/self/datasets/doubled/versions/made/lineage").json()["maker"]
    assert made["id"] == job
    assert {each["link"]["name"] for each in made["uses"] if each["role"] == "made"} == {"second", "doubled"}
    other = ResultStore(live.services.tables, project="self", job="nightly")
    assert other.get_summary() == {"n": 20}


def test_a_job_orders_no_jobs(live: Live) -> None:
    client = live.client()
    job = order(client, "order")
    assert "the token is not for job:write" in until(client, job, "FAIL")["cause"]


def test_whoever_may_write_no_more_writes_no_more_through_his_job(live: Live, tmp_path: Path) -> None:
    house = live.services
    admin, ada = live.client(), live.client("ada", admin=False)
    house.members.put(ROOT, "self", "admin", Role.OWNER)
    house.members.put(ROOT, "self", "ada", Role.MAINTAINER)
    job = order(ada, "lingering")
    until(admin, job, "RUNNING")
    token = shown_token(admin, job)
    assert admin.put("/api/v1/projects/self/members/ada", json={"role": "GUEST"}).status_code == 200
    (tmp_path / "go").touch()
    assert "may not do dataset:write" in until(admin, job, "FAIL")["cause"]
    assert admin.get("/api/v1/projects/self/datasets", params={"name": "late"}).json()["items"] == []
    # What the job showed at the door counts no more; who callers are is remembered for two seconds.
    admin.headers["Authorization"] = f"Bearer {token}"
    patience = time.monotonic() + 20
    while (admin.post(LATE, json={"manifests": []})).status_code != 401:
        assert time.monotonic() < patience
        time.sleep(0.1)


def test_a_job_reaches_no_other_project(live: Live, tmp_path: Path) -> None:
    house = live.services
    house.projects.create(ROOT, "other")
    client = live.client()
    job = order(client, "lingering")
    until(client, job, "RUNNING")
    stranger = live.client()
    stranger.headers["Authorization"] = f"Bearer {shown_token(client, job)}"
    assert stranger.get("/api/v1/projects/other/datasets").status_code == 404
    made = stranger.post("/api/v1/projects/other/datasets/x/builds", json={"manifests": []})
    assert made.status_code == 404
    for method, path in (("POST", "/me/tokens"), ("POST", "/projects"), ("POST", "/projects/self/jobs")):
        body = {"name": "x", "model": "m", "handler": "x"} if path.endswith("jobs") else {"name": "x"}
        assert stranger.request(method, f"/api/v1{path}", json=body).status_code == 403, path
    (tmp_path / "go").touch()
    until(client, job, "SUCCESS")


def test_a_fine_tuning_reads_the_data_that_it_was_ordered_with_in_another_project(live: Live) -> None:
    house = live.services
    house.projects.create(ROOT, "other")
    writer = house.datasets.writer(house.actor, "other", "far", None)
    for row in range(5):
        writer.put(row, {"x": row * 100})
    writer.commit()
    writer.close()
    client = live.client()
    job = done(client, "train", datasets=["local/project/other/dataset/far"])
    name = ResultStore(house.tables, project="self", job=job).get_summary()["finetuned_model"]
    found = house.models.resolve(house.actor, parse_uri(name, kind=Kind.MODEL, defaults=Defaults()))
    (weights,) = [each for each in house.models.contents.files(found) if each.path.endswith("weights.txt")]
    assert house.blobs.read(weights.digest) == b"1000"
    # What it was not ordered with it does not read.
    other = order(client, "spy", datasets=["d"])
    assert "no project 'other'" in until(client, other, "FAIL")["cause"]


def test_a_server_reaches_no_other_instance(live: Live) -> None:
    for name in ("http://127.0.0.1:9", "team"):
        with pytest.raises(Forbidden, match="does not reach other instances"):
            live.services.at(name)
    assert live.services.at(LOCAL) is live.services


def test_what_a_job_tracks_is_kept_in_its_project(live: Live) -> None:
    client, house = live.client(), live.services
    done(client, "following")
    run = house.experiments.find(house.actor, "self", "followed")
    assert (run.state, run.owner, run.tags) == (RunState.FINISHED, "admin", ("job",))
    details = house.experiments.details(run)
    assert (details.params, details.metrics["loss"].count) == ({"rate": 0.1}, 5)
    assert b"".join(house.experiments.artifact_bytes(run, "raw")) == b"weights"
    assert "so far so good" in [line.text for line in house.experiments.lines(run)]
    assert details.facts["environment"]["packages"]
    [told] = client.get("/api/v1/projects/self/runs", params={"tag": "job"}).json()["items"]
    assert (told["id"], told["state"]) == (run.id, "FINISHED")
    # One that nobody ends is ended with its task.
    assert until(client, order(client, "leaving"), "FAIL", "SUCCESS")["state"] == "FAIL"
    left = house.experiments.find(house.actor, "self", "left")
    assert (left.state, left.error.partition(" (")[0]) == (RunState.FAILED, "ValueError: bad luck")
    assert house.experiments.details(left).metrics["loss"].count == 1


def test_what_is_tracked_is_refused_where_it_would_be_lost(live: Live, tmp_path: Path) -> None:
    client = live.client()
    ended = until(client, order(client, "tracking"), "SUCCESS", "FAIL")
    assert ended["state"] == "FAIL"
    assert "a run kept beside it would go with the job" in ended["cause"]
    done(client, "keeping")
    with closing(LocalInstance(Settings.at(tmp_path / "kept"))) as kept:
        (run,) = kept.experiments.list(kept.actor, "self").items
        assert (run.name, run.state) == ("kept", RunState.FINISHED)
