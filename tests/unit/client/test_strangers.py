"""An answer that no Starwhale server gives is told as one, by whatever reads it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from starwhale.artifacts.schemas import Build
from starwhale.client.artifacts import RemoteArtifacts
from starwhale.client.consumption import RemoteConsumption
from starwhale.client.http import Http
from starwhale.client.job_notes import RemoteMarks, RemoteSchedules, RemoteTemplates
from starwhale.client.jobs import RemoteJobs
from starwhale.client.objects import HttpObjects
from starwhale.client.parcels import Parcels
from starwhale.client.projects import RemoteProjects
from starwhale.client.runs import run_of
from starwhale.client.table_rows import TableRows
from starwhale.core.actor import Actor
from starwhale.core.errors import Unavailable
from starwhale.core.kinds import Kind
from starwhale.core.uri import ArtifactUri, JobUri

ADA = Actor(name="ada")
JOB = JobUri(instance="there", project="p", job="j")
DATASET = ArtifactUri(instance="there", project="p", kind=Kind.DATASET, name="d", version="v")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
BUILD = Build(id=1, opened_at=NOW, expires_at=NOW)
ANSWERS = [
    b'{"hello": 1}',
    b"[]",
    b"1",
    b'"text"',
    b'{"items": [1], "total": 1, "next": null}',
    b"<html>",
    b"",
]


def _artifacts(http: Http) -> RemoteArtifacts:
    return RemoteArtifacts(http, "there", Parcels(http))


CALLS: dict[str, Callable[[Http], object]] = {
    "projects": lambda http: RemoteProjects(http).list(ADA),
    "project": lambda http: RemoteProjects(http).get(ADA, "p"),
    "version": lambda http: _artifacts(http).resolve(ADA, DATASET),
    "versions": lambda http: _artifacts(http).list(ADA, "p", Kind.DATASET),
    "tagged": lambda http: _artifacts(http).add_tags(ADA, DATASET, ["t"]),
    "removed": lambda http: _artifacts(http).remove(ADA, DATASET),
    "recovered": lambda http: _artifacts(http).recover(ADA, DATASET),
    "build": lambda http: _artifacts(http).builds.renew(BUILD),
    "job": lambda http: RemoteJobs(http, "there").info(ADA, JOB),
    "events": lambda http: RemoteJobs(http, "there").events(ADA, JOB),
    "log": lambda http: RemoteJobs(http, "there").logs(ADA, JOB, "t"),
    "log sizes": lambda http: RemoteJobs(http, "there").log_sizes(ADA, JOB),
    "usage": lambda http: RemoteJobs(http, "there").usage(ADA, JOB),
    "marks": lambda http: RemoteMarks(http, "there").pin(ADA, JOB),
    "templates": lambda http: RemoteTemplates(http, "there").list(ADA, "p"),
    "template": lambda http: RemoteTemplates(http, "there").get(ADA, "p", "t"),
    "schedules": lambda http: RemoteSchedules(http).list(ADA, "p"),
    "run": lambda http: http.get("/projects/p/runs/r", form=run_of),
    "row": lambda http: TableRows(http, "p").get("t", "k"),
    "consumed": lambda http: RemoteConsumption(http, Path("nowhere")).is_finished(1),
}


def asked(answer: bytes, call: Callable[[Http], object]) -> None:
    with Http("http://localhost:1", alias="there") as http:
        http._client = httpx2.Client(
            base_url=http.url, transport=httpx2.MockTransport(lambda _: httpx2.Response(200, content=answer))
        )
        with pytest.raises(Unavailable, match="there answers with status 200, and not as a Starwhale server"):
            call(http)


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("name", CALLS)
def test_whoever_reads_it_says_so(name: str, answer: bytes) -> None:
    asked(answer, CALLS[name])


@pytest.mark.parametrize("answer", [b'{"hello": 1}', b"[1]", b"<html>"])
def test_rows_that_are_none(answer: bytes) -> None:
    asked(answer, lambda http: list(TableRows(http, "p").scan("t")))


def test_a_size_that_is_none() -> None:
    def head(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"content-length": "many"})

    with Http("http://localhost:1", alias="there") as http:
        http._client = httpx2.Client(base_url=http.url, transport=httpx2.MockTransport(head))
        with pytest.raises(Unavailable, match="not as a Starwhale server"):
            HttpObjects(http).stat("sha256/" + "0" * 64)
