"""The evaluations of a project with their summaries, and how clearly their rows differ."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from starwhale.catalog.tables.jobs import JobRow
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.core.handlers import HandlerSpec
from starwhale.evaluations import table_intervals
from starwhale.jobs.plan import DatasetInput, JobPlan, StepPlan
from starwhale.jobs.states import JobState, Want
from starwhale.server.services import Services

EVALUATIONS = "/api/v1/projects/vision/evaluations"
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
DIGITS = DatasetInput(uri="digits/version/abc", project="vision", name="digits", version="abc")


def _add_job(services: Services, number: int, *, datasets: tuple[DatasetInput, ...], **more: Any) -> str:
    job = f"{chr(ord('a') + number)}" * 40
    step = StepPlan(
        spec=HandlerSpec(id="evaluate:evaluate", module="evaluate", qualname="evaluate"), datasets=datasets
    )
    plan = JobPlan(
        project="vision", handler="evaluate:evaluate", steps=(step,), datasets=datasets, model="m/version/1"
    )
    values: dict[str, Any] = {
        "handler": plan.handler,
        "state": JobState.SUCCESS.value,
        "want": Want.RUN.value,
        "want_cause": "",
        "want_hurry": False,
        "cause": "",
        "epoch": 0,
        "owner_host": "",
        "owner_pid": 0,
        "owner_started": "",
        "heartbeat_at": NOON,
        "plan": plan.to_json(),
        "rows": 100,
        "created_at": NOON + timedelta(minutes=number),
        "created_by": "ada",
        "started_at": NOON,
        "finished_at": NOON,
        "removed_at": None,
        **more,
    }
    with services.catalog.begin() as session:
        project = session.scalar(select(ProjectRow.id).where(ProjectRow.name == "vision"))
        session.add(JobRow(id=job, project_id=project, **values))
    return job


def _log(services: Services, job: str, **summary: Any) -> None:
    store = services.results("vision", job)
    store.log_summary(summary)
    store.flush()
    store.close()


def test_evaluations_come_with_their_summaries_column_by_column(ada: TestClient, services: Services) -> None:
    old = _add_job(services, 0, datasets=(DIGITS,))
    training = _add_job(services, 1, datasets=())
    fresh = _add_job(services, 2, datasets=(DIGITS,), state=JobState.RUNNING.value, finished_at=None)
    gone = _add_job(services, 3, datasets=(DIGITS,), removed_at=NOON)
    tuned = _add_job(services, 4, datasets=())
    _log(services, old, accuracy=0.5, labels={"cat": {"f1": 0.25}})
    _log(services, tuned, accuracy=float("nan"))
    _log(services, gone, accuracy=1.0)
    _log(services, "nightly", note="by hand")
    answer = ada.get(EVALUATIONS)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert [each["id"] for each in body["items"]] == [tuned, fresh, old, "nightly"]
    assert training not in answer.text
    assert body["columns"] == {
        "accuracy": [{"$": "float", "v": "nan"}, None, 0.5, None],
        "labels/cat/f1": [None, None, 0.25, None],
        "note": [None, None, None, "by hand"],
    }
    assert body["items"][3]["job"] is None
    assert body["items"][1]["job"]["state"] in {"RUNNING", "UNKNOWN"}
    assert body["items"][2]["job"] | {"created_at": ""} == {
        "handler": "evaluate:evaluate",
        "state": "SUCCESS",
        "model": "m/version/1",
        "runtime": "",
        "datasets": ["digits/version/abc"],
        "comment": "",
        "pinned": False,
        "rows": 100,
        "done": 0,
        "failed": 0,
        "created_at": "",
        "created_by": "ada",
        "started_at": "2026-01-31T12:00:00Z",
        "finished_at": "2026-01-31T12:00:00Z",
    }


def test_pages_follow_the_jobs(ada: TestClient, services: Services) -> None:
    jobs = [_add_job(services, number, datasets=(DIGITS,)) for number in range(3)]
    _log(services, "nightly", accuracy=1.0)
    first = ada.get(EVALUATIONS, params={"size": 2}).json()
    assert [each["id"] for each in first["items"]] == [jobs[2], jobs[1]]
    rest = ada.get(EVALUATIONS, params={"size": 2, "cursor": first["next"]}).json()
    assert [each["id"] for each in rest["items"]] == [jobs[0], "nightly"]
    assert (rest["next"], rest["total"]) == (None, 3)


def test_evaluations_are_searched_for(ada: TestClient, services: Services) -> None:
    jobs = [_add_job(services, number, datasets=(DIGITS,)) for number in range(3)]
    _log(services, jobs[0], accuracy=0.5)
    _log(services, "ResNet50-lr-0.1", accuracy=1.0)

    def found(text: str) -> list[str]:
        items = ada.get(EVALUATIONS, params={"text": text}).json()["items"]
        return [each["id"] for each in items]

    assert found("evaluate") == [jobs[2], jobs[1], jobs[0]]
    assert found(jobs[1][:12]) == [jobs[1]]
    assert found("resnet50") == ["ResNet50-lr-0.1"]
    assert found("nobody") == []


def test_a_project_without_any_is_empty(ada: TestClient, client_of: Any) -> None:
    body = ada.get(EVALUATIONS).json()
    assert body == {"items": [], "columns": {}, "total": 0, "next": None}
    assert client_of("eve").get(EVALUATIONS).status_code == 404


@pytest.fixture
def tables(ada: TestClient, services: Services) -> list[str]:
    """A base that is right in half of 200 rows, one that is right in all of them, and one like the base."""
    assert ada
    for name, right in (("base", 2), ("better", 1), ("same", 2)):
        store = services.results("vision", name)
        for key in range(200):
            store.log(
                "results",
                key,
                {"right": key % right == 0, "label": "a", "said": "a" if key % right == 0 else "b"},
            )
        store.flush()
        store.close()
    return [f"evaluation/{name}/results" for name in ("base", "better", "same")]


def test_intervals_tell_clear_differences_from_others(ada: TestClient, tables: list[str]) -> None:
    body = ada.post(f"{EVALUATIONS}/intervals", json={"tables": tables}).json()
    assert body["metrics"] == ["right"]
    better, same = body["intervals"]
    assert (better["other"], better["difference"]["difference"], better["difference"]["is_clear"]) == (
        1,
        0.5,
        True,
    )
    assert 0.4 < better["difference"]["low"] < 0.5 < better["difference"]["high"] < 0.6
    assert (same["other"], same["difference"]["difference"], same["difference"]["is_clear"]) == (
        2,
        0.0,
        False,
    )


def test_two_columns_are_a_metric_and_a_misspelt_one_is_told(ada: TestClient, tables: list[str]) -> None:
    asked = {"tables": tables[:2], "metrics": ["label == said"]}
    found = ada.post(f"{EVALUATIONS}/intervals", json=asked).json()["intervals"]
    assert [
        (each["metric"], each["difference"]["first"], each["difference"]["second"]) for each in found
    ] == [("label==said", 0.5, 1.0)]
    answer = ada.post(f"{EVALUATIONS}/intervals", json={"tables": tables, "metrics": ["rihgt"]})
    assert (answer.status_code, "rihgt" in answer.json()["detail"]) == (404, True)


def test_no_request_draws_for_longer_than_somebody_waits(
    ada: TestClient, tables: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"tables": tables, "resamples": 1_000}
    rows = ada.post(f"{EVALUATIONS}/intervals", json=asked).json()["intervals"][0]["difference"]["rows"]
    monkeypatch.setattr(table_intervals, "_MOST_DRAWN", 2 * rows * 1_000)
    assert ada.post(f"{EVALUATIONS}/intervals", json=asked).status_code == 200
    monkeypatch.setattr(table_intervals, "_MOST_DRAWN", 2 * rows * 1_000 - 1)
    refused = ada.post(f"{EVALUATIONS}/intervals", json=asked)
    assert (refused.status_code, "draw less often" in refused.json()["hint"]) == (400, True)


def test_rows_in_which_one_is_right_and_another_wrong(ada: TestClient, tables: list[str]) -> None:
    for by in ("right", "label==said"):
        asked = {"tables": tables[:2], "by": [by], "only_different": True, "counts": True, "size": 60}
        page = ada.post("/api/v1/projects/vision/tables/compare", json=asked).json()
        assert [row["id"] for row in page["rows"]] == list(range(1, 121, 2))
        assert page["rows"][0]["values"][0] == {"right": False, "label": "a", "said": "b"}
        assert page["counts"] == [{"equal": 100, "different": 100, "only_base": 0, "only_other": 0}]
        rest = ada.post(
            "/api/v1/projects/vision/tables/compare", json=asked | {"cursor": page["next"]}
        ).json()
        assert (len(rest["rows"]), rest["next"]) == (40, None)


def test_rows_of_one_alone_come_as_pages_and_differ_in_nothing(ada: TestClient, tables: list[str]) -> None:
    compare, asked = "/api/v1/projects/vision/tables/compare", {"tables": tables[:1], "size": 150}
    first = ada.post(compare, json=asked | {"counts": True}).json()
    assert first["rows"][2] == {
        "id": 2,
        "values": [{"right": True, "label": "a", "said": "a"}],
        "different": [[]],
    }
    assert first["counts"] == []
    rest = ada.post(compare, json=asked | {"cursor": first["next"]}).json()
    assert ([row["id"] for row in rest["rows"]], rest["next"]) == (list(range(150, 200)), None)
    assert ada.post(compare, json=asked | {"only_different": True}).json()["rows"] == []
