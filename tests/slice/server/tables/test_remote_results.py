"""Results that are written and read over HTTP: as those on this machine, and each batch once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx2
import numpy as np
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from starlette.testclient import TestClient
from tests.slice.server.tables.conftest import TABLES

from starwhale import BoundingBox, Image
from starwhale.catalog.tables.events import EventRow
from starwhale.client.http import Http
from starwhale.client.tables import RemoteResults
from starwhale.core.errors import NotFound, Unavailable, UnsupportedValue, UsageError
from starwhale.evaluations.results import ResultStore
from starwhale.server.services import Services
from starwhale.storage.tables.frames import encode_frame
from starwhale.storage.tables.query import And, Compare, Contains, In, Not, Order, Query


class Line(httpx2.BaseTransport):
    """Hands requests to the application; the network loses some of the answers."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.lose = 0

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = self.client.request(
            request.method,
            str(request.url.copy_with(scheme="http", host="localhost", port=None)),
            content=request.read(),
            headers={name: value for name, value in request.headers.items() if name != "host"},
        )
        if self.lose:
            self.lose -= 1
            raise httpx2.ReadError("the answer was lost")
        kept = {k: v for k, v in answer.headers.items() if k not in ("content-length", "content-encoding")}
        return httpx2.Response(answer.status_code, headers=kept, content=answer.content)


@pytest.fixture
def line(ada: TestClient) -> Line:
    return Line(ada)


@pytest.fixture
def remote(line: Line, ada: TestClient) -> Iterator[RemoteResults]:
    http = Http("http://localhost", str(ada.headers["authorization"]).removeprefix("Bearer "))
    http._client = httpx2.Client(base_url="http://localhost", headers=http._client.headers, transport=line)
    yield RemoteResults(http, project="vision", job="far")
    http.close()
    http._client.close()


def test_what_is_logged_there_is_read_here_and_there(remote: RemoteResults, services: Services) -> None:
    rows: dict[str | int, dict[str, Any]] = {
        1: {"x": 0.5, "n": 2**62, "nested": {"deep": {"er": True}}},
        "two": {"at": datetime(2026, 1, 1, tzinfo=UTC), "how": timedelta(days=3), "cost": Decimal("1.10")},
        "three": {"nan": float("nan"), "items": [1, "a", (2, b"x" * 9000)], "none": None},
    }
    for key, values in rows.items():
        remote.log("results", key, values)
    remote.log_summary({"accuracy": 0.75})
    assert remote.pending == 4
    remote.flush()
    assert remote.pending == 0
    near = services.results("vision", "far")
    here, there = list(near.scan("results", keep_none=True)), list(remote.scan("results", keep_none=True))
    assert repr(here) == repr(there)
    assert here[0] == {"id": 1, "x": 0.5, "n": 2**62, "nested/deep/er": True}
    assert remote.get_summary() == near.get_summary() == {"accuracy": 0.75}
    assert remote.tables() == ["results"]


def test_media_are_fetched_when_they_are_looked_at(remote: RemoteResults) -> None:
    array = np.arange(10_000, dtype="int16").reshape(100, 100)
    picture = Image(b"p" * 100_000, display_name="a.png", mime_type="image/png")
    box = BoundingBox(1, 2, 3, 4)
    remote.log("results", 1, {"array": array, "picture": picture, "box": box, "small": np.ones(3)})
    (row,) = remote.scan("results")
    assert np.array_equal(row["array"], array)
    assert row["picture"].to_bytes() == b"p" * 100_000
    assert row["box"] == box
    assert np.array_equal(row["small"], np.ones(3))


def test_a_batch_whose_answer_was_lost_counts_once(
    remote: RemoteResults, line: Line, services: Services
) -> None:
    remote.log("results", 1, {"n": 1})
    remote.flush()
    line.lose = 2
    remote.log("results", 2, {"n": 2})
    remote.flush()
    line.lose = 100
    remote._http.attempts = 2
    remote.log("results", 3, {"n": 3})
    with pytest.raises(Unavailable):
        remote.flush()
    line.lose = 0
    remote.log("results", 3, {"late": True})
    remote.flush()
    state = services.revisions.state("vision/evaluation/far/results")
    assert state is not None
    assert state.revision == 4
    assert [row["n"] for row in remote.scan("results")] == [1, 2, 3]
    with services.catalog.read() as session:
        events = session.scalars(select(EventRow.name).where(EventRow.name == "table.writing")).all()
    assert len(events) == 1


def test_a_page_is_found_over_there(remote: RemoteResults) -> None:
    for number in range(2500):
        remote.log("results", number, {"score": number % 7, "label": f"l{number % 5}"})
    where = And((In("label", ("l1", "l2")), Not(Compare("score", "<", 5)), Contains("label", "2")))
    order = [Order(column="score", descending=True)]
    found = remote.query(
        "results", Query(where=where, order=order, limit=2000, start=3, columns={"id": "key"})
    )
    wanted = sorted((n for n in range(2500) if n % 5 == 2 and n % 7 >= 5), key=lambda n: (-(n % 7), n))
    assert [row["key"] for row in found] == wanted[3:]
    assert remote.count("results", where) == len(wanted)
    assert [row["id"] for row in remote.scan("results", 10, 12, end_inclusive=True)] == [10, 11, 12]
    assert list(remote.scan("nothing")) == []
    with pytest.raises(NotFound):
        remote.count("nothing")


def test_what_the_server_refuses_is_not_sent_again(remote: RemoteResults, ada: TestClient) -> None:
    with pytest.raises(UnsupportedValue, match="'thing'"):
        remote.log("results", 1, {"thing": object()})
    remote.log("results", 1, {"n": 1})
    remote.flush()
    ada.delete("/api/v1/projects/vision")
    remote.log("results", 2, {"n": 2})
    with pytest.raises(NotFound):
        remote.flush()
    assert remote.pending == 0


@pytest.mark.parametrize(
    "value",
    [
        pytest.param([[1, 2, 3, 4]] * 40, id="lists"),
        pytest.param("[{" * 400, id="what looks like lists"),
        pytest.param("text " * 2000, id="texts"),
        pytest.param(b"bytes" * 2000, id="bytes"),
    ],
)
def test_rows_of_any_kind_are_sent_in_batches_that_the_server_takes(
    remote: RemoteResults, value: object
) -> None:
    for number in range(5000):
        remote.log("results", number, {"value": value})
    remote.flush()
    assert remote.count("results") == 5000


def test_one_row_that_is_refused_takes_no_other_with_it(remote: RemoteResults) -> None:
    for number, length in enumerate([1, 9 << 20, 33 << 20, 9 << 20, 1]):
        remote._pending.setdefault("results", []).append([number, {"text": "x" * length}])
    with pytest.raises(UsageError, match="at most"):
        remote.flush()
    assert remote.pending == 0
    assert [row["id"] for row in remote.scan("results")] == [0, 1, 3, 4]


def test_what_waits_is_sent_when_the_server_is_back(remote: RemoteResults, line: Line) -> None:
    line.lose = 1000
    remote._http.attempts = 2
    for number in range(3):
        remote._pending.setdefault("results", []).append([number, {"text": "x" * (9 << 20)}])
    with pytest.raises(Unavailable):
        remote.flush()
    assert remote.pending == 3
    line.lose = 0
    remote.log("results", 3, {"text": "later"})
    remote.flush()
    assert remote.pending == 0
    assert [row["id"] for row in remote.scan("results")] == [0, 1, 2, 3]


def _open(client: TestClient) -> str:
    return f"{TABLES}/writers/{client.post(f'{TABLES}/writers', json={'job': 'raw'}).json()['id']}/batches"


def _send(client: TestClient, where: str, data: bytes) -> httpx2.Response:
    return client.post(where, content=data, headers={"Content-Type": "application/octet-stream"})


def test_a_session_belongs_to_whoever_opened_it(
    ada: TestClient, client_of: Callable[..., TestClient]
) -> None:
    where = _open(ada)
    frame = encode_frame(1, [["results", [[1, {"n": 1}]]]])
    assert _send(client_of("eve"), where, frame).status_code == 404
    assert _send(client_of(""), where, frame).status_code == 401
    assert _send(client_of("admin", admin=True), where, frame).status_code == 404
    assert _send(ada, where, encode_frame(2, [["results", [[1, {"n": 1}]]]])).status_code == 409
    assert _send(ada, where, frame).json() == {"sequence": 1, "fresh": True}
    assert _send(ada, where, frame).json() == {"sequence": 1, "fresh": False}
    assert ada.delete(where.removesuffix("/batches")).status_code == 204
    assert _send(ada, where, encode_frame(2, [])).status_code == 404


@pytest.mark.parametrize(
    "cells",
    [
        {"x": {"$": "media", "t": "image", "m": '{"blob": ["' + "a" * 64 + '", 3]}', "d": None}},
        {"x": {"$": "media", "t": "pickle", "m": '{"job": "raw"}', "d": "gASVAAAAAAA="}},
        {"x": {"$": "media", "t": "ndarray", "m": '{"dtype": "|O", "shape": [1]}', "d": "AAAAAAAAAAA="}},
        {"x": {"$": "plain", "t": "os.system", "v": {}}},
        {"x": {"$": "datetime", "v": "yesterday"}},
        {"x": {"$": "nonsense", "v": 1}},
        {"x": {"$": "image", "size": 3, "at": []}},
        {"x": [[[[[[1]]]]]] * 3 + [{"$": "decimal", "v": "x"}]},
        {"x" * 600: 1},
        {"": 1},
    ],
)
def test_one_poisoned_cell_is_refused_and_the_rest_goes_on(ada: TestClient, cells: dict[str, Any]) -> None:
    where = _open(ada)
    bad = _send(ada, where, encode_frame(1, [["results", [[1, {"n": 1}], [2, cells]]]]))
    assert bad.status_code == 400, bad.text
    good = _send(ada, where, encode_frame(1, [["results", [[1, {"n": 1}]]]]))
    assert good.json() == {"sequence": 1, "fresh": True}
    page = ada.post(f"{TABLES}/query", json={"tables": ["evaluation/raw/results"]}).json()
    assert page["rows"] == [{"id": 1, "values": {"n": 1}}]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nonsense",
        encode_frame(1, [["results", [[1, {"n": 1}]]]])[:-1],
        encode_frame(1, [["results", "rows"]]),
        encode_frame(1, [[1, []]]),
        encode_frame(1, [["results", [[1.5, {"n": 1}]]]]),
        encode_frame(1, [["results", [[True, {"n": 1}]]]]),
        encode_frame(1, [["results", [[2**63, {"n": 1}]]]]),
        encode_frame(0, [["results", [[1, {"n": 1}]]]]),
        encode_frame(1, [["a\nb", [[1, {"n": 1}]]]]),
    ],
)
def test_what_is_no_batch_is_refused(ada: TestClient, data: bytes) -> None:
    assert _send(ada, _open(ada), data).status_code == 400


def test_rows_are_changed_and_removed_by_hand(ada: TestClient, results: ResultStore) -> None:
    results.log("results", "a", {"n": 1, "m": 2})
    results.log("results", "b", {"n": 1})
    results.flush()
    body = {
        "table": "evaluation/night/results",
        "rows": [{"id": "a", "values": {"n": {"$": "decimal", "v": "1.5"}}}, {"id": "b", "values": None}],
    }
    assert ada.post(f"{TABLES}/rows", json=body).status_code == 204
    page = ada.post(f"{TABLES}/query", json={"tables": ["evaluation/night/results"]}).json()
    assert page["rows"] == [{"id": "a", "values": {"n": {"$": "decimal", "v": "1.5"}, "m": 2}}]
    for path in ("experiments", "experiment/x/metrics", "elsewhere", "evaluation/night/", "evaluation/x y/t"):
        assert ada.post(f"{TABLES}/rows", json={**body, "table": path}).status_code in (400, 403)


def test_whoever_only_reads_writes_nothing(
    server_app: FastAPI, ada: TestClient, results: ResultStore, client_of: Callable[..., TestClient]
) -> None:
    token = ada.post("/api/v1/me/tokens", json={"name": "reader", "scopes": ["*:read"]}).json()["token"]
    reader = TestClient(server_app, base_url="http://localhost", headers={"Authorization": f"Bearer {token}"})
    assert reader.get(TABLES).status_code == 200
    assert reader.post(f"{TABLES}/writers", json={"job": "raw"}).status_code == 403
    rows = [{"id": 1, "values": {"n": 1}}]
    assert reader.post(f"{TABLES}/rows", json={"table": "summary", "rows": rows}).status_code == 403
    reader.close()
