"""What the SDK does with addresses of this machine it does with those of a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from tests.remote_server import served
from tests.slice.api import test_evaluation
from tests.slice.api.test_evaluation import inside
from tests.slice.server.conftest import ROOT, server_settings, token_of
from tests.slice.server.jobs.conftest import Live, Server, until

import starwhale
from starwhale import Evaluation, Job, dataset, model
from starwhale.api import context
from starwhale.api.place import Project
from starwhale.api.session import at
from starwhale.core.errors import JobFailed, NotFound, StarwhaleError, UsageError
from starwhale.core.permissions import Role
from starwhale.core.settings import Settings
from starwhale.server.settings import ServerSettings

__all__ = ["inside", "server_settings"]

test_rows_are_merged = test_evaluation.test_rows_are_merged_by_id_and_read_in_order
test_the_summary = test_evaluation.test_the_summary_is_one_row_per_evaluation
test_what_is_flushed = test_evaluation.test_what_is_flushed_is_seen_by_others_and_what_is_not_is_not
test_the_functions_mean_the_job = test_evaluation.test_the_functions_mean_the_job_that_runs_here
test_a_context_of_ones_own = test_evaluation.test_a_context_of_ones_own_is_enough_to_log

CODE = """
    from starwhale import evaluation, handler

    @evaluation.predict(replicas=2)
    def predict(data):
        evaluation.log("plus", data["x"], {"y": data["x"] + 1})
        return data["x"] * 2

    @evaluation.evaluate(needs=[predict])
    def total(results):
        evaluation.log_summary({"total": sum(row["output"] for row in results)})

    @handler()
    def fail():
        raise ValueError("no good")
"""


@pytest.fixture
def instance(
    make_store: Callable[[Path], Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    """A server as the current instance of the SDK, whose project is called as that of a new store."""
    monkeypatch.setenv("SW_LOCAL_STORAGE", str(tmp_path / "store"))
    monkeypatch.setenv("SW_CLI_CONFIG", str(tmp_path / "config.yaml"))
    with served(make_store(tmp_path / "server")) as server:
        server.token("ada")
        server.services.members.put(ROOT, "self", "ada", Role.OWNER)
        server.login(tmp_path / "config.yaml", "ada", project="self")
        found = at("team")
        yield found
        context.leave()
        found.close()


@pytest.fixture
def there(tmp_path: Path, server_settings: ServerSettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Live]:
    """A server that runs jobs, which the SDK knows as ``team`` while it works on this machine."""
    monkeypatch.setenv("SW_LOCAL_STORAGE", str(tmp_path / "store"))
    monkeypatch.setenv("SW_CLI_CONFIG", str(tmp_path / "config.yaml"))
    with Server(server_settings) as live:
        live.stock(tmp_path / "code", code=CODE)
        starwhale.login(live.url, alias="team", token=token_of(live.services, "admin", True))
        yield live
        at("team").close()


PLACE = "cloud://team/project/self"


def test_jobs_are_made_read_and_compared(there: Live) -> None:
    job = Job.create(PLACE, f"{PLACE}/model/m", "total", [f"{PLACE}/dataset/d"])
    until(there.client(), job.id, "SUCCESS")
    assert (job.status, job.summary["total"]) == ("SUCCESS", sum(range(20)) * 2)
    assert sorted(job.tables) == ["plus", "results"]
    assert [row["y"] for row in job.get_table_rows("plus", 3, 5)] == [4, 5]
    told = job.basic_info
    assert told.model.startswith("team/project/self/model/m/version/")
    assert told.datasets[0].startswith("team/project/self/dataset/d/version/")
    assert dataset(told.datasets[0], readonly=True).head(1)[0].features["x"] == 0
    (listed,), page = Job.list(PLACE)
    assert (listed, page["total"]) == (job, 1)
    assert starwhale.job(f"{PLACE}/job/{job.id[:8]}") == job
    with Evaluation(job.id, PLACE) as results:
        assert results.get_summary()["total"] == sum(range(20)) * 2
        assert len(list(results.scan_results())) == 20
    with pytest.raises(NotFound, match="no job"):
        starwhale.job(f"{PLACE}/job/nothing")


def test_a_job_is_ordered_with_arguments_and_a_priority(there: Live) -> None:
    with pytest.raises(UsageError, match="--nothing"):
        Job.create(PLACE, f"{PLACE}/model/m", "fail", arguments=["--nothing", "1"])
    with pytest.raises(StarwhaleError, match="priority"):
        Job.create(PLACE, f"{PLACE}/model/m", "fail", priority=1001)
    job = Job.create(PLACE, f"{PLACE}/model/m", "fail", priority=7)
    assert job.info().priority == 7
    with pytest.raises(UsageError, match="--nothing"):
        Job.create("", f"{PLACE}/model/m", "fail", arguments=["--nothing", "1"])


def test_a_model_of_a_server_runs_on_this_machine(there: Live) -> None:
    job = Job.create("", f"{PLACE}/model/m", "total", [f"{PLACE}/dataset/d"], dataset_head=5)
    assert job.uri.full_uri.startswith("local/project/self/job/")
    assert job.summary["total"] == sum(range(5)) * 2
    assert job.basic_info.model.startswith("team/project/self/model/m/version/")
    with pytest.raises(JobFailed, match="no good"):
        Job.create("", f"{PLACE}/model/m", "fail")


def test_models_and_datasets_are_made_there(there: Live, tmp_path: Path) -> None:
    code = tmp_path / "more"
    code.mkdir()
    (code / "steps.py").write_text(dedent(CODE))
    built = model.build(["steps"], workdir=code, name="built", project_uri=PLACE, tags=["first"])
    assert built is not None
    assert built.full_uri.startswith("team/project/self/model/built/version/")
    both = model.build(["steps"], workdir=code, name="both", remote_project_uri=PLACE)
    assert both is not None
    names = there.client().get("/api/v1/projects/self/models").json()["items"]
    assert {each["name"] for each in names} == {"m", "built", "both"}
    rows = starwhale.Dataset.from_dict_items([{"x": 1}, {"x": 2}], f"{PLACE}/dataset/made")
    assert (len(rows), rows.exists()) == (2, True)
    mine = dataset("mine")
    mine.extend([{"x": 1}, {"x": 3}])
    mine.commit()
    found = dataset(f"{PLACE}/dataset/made").diff(dataset("mine"))
    assert (found.changed, found.unchanged) == (1, 1)
    assert dataset("mine").diff(dataset(f"{PLACE}/dataset/made")).changed == 1
    assert str(Project(PLACE)) == "team/project/self"


def test_rows_are_exported_and_shared_out(there: Live, tmp_path: Path) -> None:
    ds = dataset(f"{PLACE}/dataset/d", readonly=True)
    assert ds.to_arrow().num_rows == 20
    ds.export(tmp_path / "rows.jsonl")
    assert (tmp_path / "rows.jsonl").read_text().count("\n") == 20
    assert sum(len(list(ds.shard(part, 4))) for part in range(4)) == 20
