"""Requests that are wrong are told what is, each in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient


@pytest.fixture
def http(server_app: FastAPI) -> Iterator[TestClient]:
    users = server_app.state.services.users
    password = users.ensure_administrator()
    with TestClient(server_app, base_url="http://localhost") as client:
        client.post("/api/v1/login", json={"name": "admin", "password": password})
        yield client


@pytest.mark.parametrize(
    ("kind", "body", "status", "said"),
    [
        (
            "application/json",
            '{"name": "x"',
            422,
            "body: is no JSON: Expecting ',' delimiter, at character 12",
        ),
        ("application/json", "[]", 422, "body: must be a JSON object"),
        ("application/json", "", 422, "body: is missing"),
        ("application/json", '{"name": 17}', 422, "body.name: must be text"),
        ("application/json", "{}", 422, "body.name: is missing"),
        ("application/json", '{"name": "x", "colour": 1}', 422, "body.colour: there is no such field"),
        (
            "application/json",
            '{"name": "x", "descripton": ""}',
            422,
            "body.descripton: there is no such field; did you mean 'description'?",
        ),
        ("application/json", '{"name": "a\\u0000b"}', 422, "body: a text may not hold the character U+0000"),
        ("application/xml", "<name/>", 415, "send JSON as application/json"),
        ("text/plain", "name", 415, "send JSON as application/json"),
    ],
)
def test_bodies(http: TestClient, kind: str, body: str, status: int, said: str) -> None:
    answer = http.post("/api/v1/projects", content=body, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["detail"]) == (status, said)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("szie=1", "query.szie: there is no such parameter; did you mean 'size'?"),
        ("colour=red", "query.colour: there is no such parameter"),
        ("search=%00", "query.search: a text may not hold the character U+0000"),
        ("size=many", "query.size: must be a whole number"),
        ("size=0", "query.size: input should be greater than or equal to 1"),
    ],
)
def test_parameters(http: TestClient, query: str, said: str) -> None:
    answer = http.get(f"/api/v1/projects?{query}")
    assert (answer.status_code, answer.json()["detail"]) == (422, said)
    told: list[Any] = answer.json()["errors"]
    assert f"{told[0]['where']}: {told[0]['what']}" == said


def test_a_route_that_is_not_there(http: TestClient) -> None:
    answer = http.get("/api/v1/nothing")
    assert (answer.status_code, answer.json()["detail"]) == (404, "there is nothing at '/api/v1/nothing'")


@pytest.mark.parametrize("method", ["PUT", "OPTIONS", "HEAD"])
def test_a_method_that_is_not_answered_is_told_all_that_are(http: TestClient, method: str) -> None:
    answer = http.request(method, "/api/v1/projects")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_whoever_only_asks_for_the_head_is_told_of_health(http: TestClient, path: str) -> None:
    answer = http.head(path)
    assert (answer.status_code, answer.content) == (200, b"")
