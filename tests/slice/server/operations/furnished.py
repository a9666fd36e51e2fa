"""A server with something of everything that lies beside its catalog, and all of it as its API tells it."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.contract.storage.s3 import S3Server
from tests.slice.server.conftest import HOME, token_of
from tests.slice.server.jobs.conftest import Live

from starwhale.core.errors import Conflict
from starwhale.core.settings import Settings
from starwhale.experiments.schemas import RunRequest
from starwhale.server.app import create_app
from starwhale.server.grounds import SharedLogs
from starwhale.server.services import Services
from starwhale.server.settings import ServerSettings

PROJECT = "/api/v1/projects/self"
ROWS = 40


@dataclass(frozen=True)
class Furnished:
    """A server that was written to, and stopped.

    Attributes:
        token: Of its administrator.
        job: A job with results, a summary, a log and what it used.
        run: A tracked run.
        told: What its API told of them.
    """

    settings: ServerSettings
    token: str
    job: str
    run: str
    told: dict[str, Any]


def in_bucket(store: Settings, s3: S3Server) -> Settings:
    """The same, with its bytes in a bucket of its own."""
    return replace(store, objects_url=f"s3://{s3.bucket()}/prefix")


@contextmanager
def opened(settings: ServerSettings) -> Generator[FastAPI]:
    """The application of a server that runs no jobs."""
    app = create_app(settings, background=False)
    yield app
    app.state.services.close()


def told_by(app: FastAPI, token: str, job: str, run: str) -> dict[str, Any]:
    """What the API of a server tells."""
    with TestClient(app, base_url=HOME, headers={"Authorization": f"Bearer {token}"}) as client:

        def asked(method: str, path: str, **more: Any) -> Any:
            answer = client.request(method, f"{PROJECT}/{path}", **more)
            assert answer.status_code == 200, answer.text
            return answer.json() if "json" in answer.headers["content-type"] else answer.text

        def rows(table: str, **more: Any) -> Any:
            return asked("POST", "tables/query", json={"tables": [table], "size": 1000, **more})["rows"]

        results = f"evaluation/{job}/results"
        early = {"path": results, "id": "row-00", "revision": 1}
        return {
            "dataset": asked("GET", "datasets/d/versions/latest/rows")["items"],
            "results": rows(results),
            "early": asked("GET", "tables/row", params=early),
            "evaluations": asked("GET", "evaluations"),
            "summary": rows("summary"),
            "runs": asked("GET", "runs")["items"],
            "metrics": rows(f"experiment/{run}/metrics_summary"),
            "params": rows(f"experiment/{run}/params"),
            "log": asked("GET", f"jobs/{job}/logs/0.0"),
            "usage": asked("GET", f"jobs/{job}/usage")["points"],
        }


def furnish(settings: ServerSettings, place: Path) -> Furnished:
    """Write something of everything."""
    with opened(settings) as app:
        house: Services = app.state.services
        live = Live(app, HOME, settings)
        live.stock(place, rows=3)
        token = token_of(house, "admin", admin=True)
        with TestClient(app, base_url=HOME, headers={"Authorization": f"Bearer {token}"}) as client:
            asked = {"model": "m", "handler": "code_of_user:total", "datasets": ["d"]}
            job = client.post(f"{PROJECT}/jobs", json=asked).json()["id"]
        write_rows(house, job)
        write_logs(house, job)
        recorder = house.experiments.start(house.actor, RunRequest(project="self", name="night"))
        recorder.params({"lr": 0.1})
        for step in range(5):
            recorder.metrics({"loss": 1.0 / (step + 1)})
        recorder.end()
        (run,) = [each.id for each in house.experiments.list(house.actor, "self").items]
        told = told_by(app, token, job, run)
    assert len(told["results"]) == ROWS
    assert told["summary"][0]["values"] == {"accuracy": 0.5, "f1": 0.25}
    assert told["early"]["values"]["score"] == 0
    assert told["log"] == "line 0\nline 1\nline 2\n"
    assert (len(told["usage"]), len(told["runs"]), len(told["params"])) == (1, 1, 1)
    assert told["metrics"]
    return Furnished(settings, token, job, run, told)


def write_rows(house: Services, job: str) -> None:
    """Rows by two writers, in several frames, one of which was refused when it was to count."""
    for half in range(2):
        results = house.results("self", job)
        for number in range(half, ROWS, 2):
            results.log("results", f"row-{number:02}", {"score": number, "label": f"l{number % 3}"})
            if number % 10 < 2:
                results.flush()
        results.log_summary([{"accuracy": 0.5}, {"f1": 0.25}][half])
        results.flush()
        results.close()
    refused = house.tables.writer()
    refused.put(f"self/evaluation/{job}/results", "row-99", {"score": 99})
    try:
        refused.flush(guard=_refuse)
    except Conflict:
        refused.put(f"self/evaluation/{job}/results", "row-00", {"again": True})
        refused.flush()
    refused.close()


def _refuse(_session: object) -> None:
    raise Conflict("somebody else has the job")


def write_logs(house: Services, job: str) -> None:
    """A log that was copied while it was written, where logs are copied at all; and what was used."""
    place = house.settings.run / job
    with SharedLogs(house.jobs, job) as shared:
        for room in ("logs", "usage"):
            (place / room).mkdir(parents=True, exist_ok=True)
        for number in range(3):
            with (place / "logs" / "0.0.log").open("a") as log:
                log.write(f"line {number}\n")
            shared.copy(now=True)
        line = json.dumps([1, 1_000.0, 2.0, 1.5, 1 << 20, 10, 20])
        (place / "usage" / "job.usage").write_text(f"{line}\n")
