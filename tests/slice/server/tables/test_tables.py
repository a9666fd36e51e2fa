"""Tables over HTTP: found, asked, paged, read at a revision, exported; for whoever may see them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pytest
from pyarrow import parquet
from starlette.testclient import TestClient
from tests.slice.server.tables.conftest import TABLES

from starwhale import Image
from starwhale.evaluations.results import ResultStore
from starwhale.server.services import Services

RESULTS = "evaluation/night/results"


@pytest.fixture
def filled(results: ResultStore) -> ResultStore:
    for number in range(100):
        results.log("results", f"row-{number:03}", {"score": number % 10, "label": f"l{number % 3}"})
    results.log_summary({"accuracy": 0.5})
    results.flush()
    return results


def test_tables_are_listed_with_their_columns(ada: TestClient, filled: ResultStore) -> None:
    found = ada.get(TABLES).json()
    assert found["total"] == 2
    table = found["items"][0]
    assert (table["path"], table["rows"], table["revision"]) == (RESULTS, 100, 1)
    assert table["columns"] == [{"name": "score", "type": "int"}, {"name": "label", "type": "str"}]
    assert [each["path"] for each in ada.get(TABLES, params={"beginning": "s"}).json()["items"]] == [
        "summary"
    ]
    assert ada.get(f"{TABLES}/info", params={"path": "summary"}).json()["rows"] == 1


@pytest.mark.parametrize("folded", [False, True])
def test_pages_follow_each_other_without_gap_or_repetition(
    ada: TestClient, filled: ResultStore, services: Services, folded: bool
) -> None:
    if folded:
        assert services.tables.fold(f"vision/{RESULTS}")
    body = {
        "tables": [RESULTS],
        "where": {"op": "in", "column": "label", "values": ["l0", "l1"]},
        "order": [{"column": "score", "descending": True}],
        "size": 7,
    }
    seen: list[tuple[int, str]] = []
    while True:
        page = ada.post(f"{TABLES}/query", json=body).json()
        seen += [(row["values"]["score"], row["id"]) for row in page["rows"]]
        if page["next"] is None:
            break
        body["cursor"] = page["next"]
    wanted = [(n % 10, f"row-{n:03}") for n in range(100) if n % 3 < 2]
    assert seen == sorted(wanted, key=lambda each: (-each[0], each[1]))


@pytest.mark.parametrize("folded", [False, True])
def test_a_range_of_keys_says_where_to_go_on_until_its_end(
    ada: TestClient, filled: ResultStore, services: Services, folded: bool
) -> None:
    if folded:
        assert services.tables.fold(f"vision/{RESULTS}")
    changes: list[dict[str, Any]] = [{"id": f"row-{number:03}", "values": None} for number in range(20, 30)]
    changes += [{"id": key, "values": {"score": 0}} for key in (7, "row-0305")]
    assert ada.post(f"{TABLES}/rows", json={"table": RESULTS, "rows": changes}).status_code == 204
    asked = {"table": RESULTS, "end": "row-050", "limit": 7}
    seen: list[Any] = []
    while True:
        answer = ada.post(f"{TABLES}/scan", json=asked)
        keys = [orjson.loads(line)["id"] for line in answer.content.splitlines()]
        seen += keys
        if "x-starwhale-next" not in answer.headers:
            break
        assert len(keys) == 7
        asked["cursor"] = answer.headers["x-starwhale-next"]
    texts = [f"row-{number:03}" for number in range(50) if not 20 <= number < 30]
    assert seen == [7, *sorted([*texts, "row-0305"])]

    whole = ada.post(f"{TABLES}/scan", json={"table": RESULTS, "limit": len(seen), "end": "row-050"})
    assert len(whole.content.splitlines()) == len(seen)
    assert "x-starwhale-next" not in whole.headers, "there is no more, also where the limit is just reached"
    other = ada.post(f"{TABLES}/scan", json={**asked, "end": "row-060"})
    assert (other.status_code, other.json()["detail"]) == (400, "this is no cursor of this question")


def test_a_range_of_keys_is_read_as_it_was(ada: TestClient, filled: ResultStore) -> None:
    filled.log("results", "row-000", {"score": 77})
    filled.flush()
    asked = {"table": RESULTS, "limit": 1}
    found = [
        orjson.loads(ada.post(f"{TABLES}/scan", json={**asked, **at}).content)["values"]["score"]
        for at in ({}, {"revision": 1})
    ]
    assert found == [77, 0]


def test_rows_come_as_arrow_for_programs(ada: TestClient, filled: ResultStore) -> None:
    answer = ada.post(
        f"{TABLES}/query",
        json={"tables": [RESULTS], "size": 3, "columns": ["score"]},
        headers={"Accept": "application/vnd.apache.arrow.stream"},
    )
    table = pa.ipc.open_stream(answer.content).read_all()
    assert table.to_pydict() == {"id": ["row-000", "row-001", "row-002"], "score": [0, 1, 2]}
    assert answer.headers["x-starwhale-next"]


def test_a_table_is_read_as_it_was(ada: TestClient, filled: ResultStore) -> None:
    filled.log("results", "row-000", {"score": 99})
    filled.flush()
    where = {"path": RESULTS, "id": "row-000"}
    assert ada.get(f"{TABLES}/row", params=where).json()["values"]["score"] == 99
    assert ada.get(f"{TABLES}/row", params={**where, "revision": 1}).json()["values"]["score"] == 0
    assert ada.get(f"{TABLES}/row", params={**where, "revision": 9}).status_code == 404
    assert ada.get(f"{TABLES}/row", params={**where, "id": "row-x"}).status_code == 404


def test_values_that_json_lacks_are_told_with_their_type(ada: TestClient, results: ResultStore) -> None:
    moment = datetime(2026, 1, 31, 12, tzinfo=UTC)
    results.log(
        "results",
        1,
        {
            "nan": float("nan"),
            "big": 2**60,
            "at": moment,
            "few": b"abc",
            "many": bytes(10_000),
            "array": np.arange(6).reshape(2, 3),
            "image": Image(b"x" * 5000, display_name="a.png", mime_type="image/png"),
            "list": [1, {"two": (3, 4)}],
        },
    )
    results.flush()
    row = ada.get(f"{TABLES}/row", params={"path": RESULTS, "id": "1", "integer": True}).json()
    values = row["values"]
    assert row["id"] == 1
    assert values["nan"] == {"$": "float", "v": "nan"}
    assert values["big"] == {"$": "bigint", "v": str(2**60)}
    assert values["at"] == {"$": "instant", "v": moment.isoformat()}
    assert values["few"]["v"] == "YWJj"
    assert "v" not in values["many"]
    assert values["many"]["size"] == 10_000
    assert values["array"]["$"] == "ndarray"
    assert values["array"]["shape"] == [2, 3]
    assert values["list"] == [1, {"two": {"$": "tuple", "v": [3, 4]}}]
    image = values["image"]
    assert (image["$"], image["size"], image["mime_type"]) == ("image", 5000, "image/png")
    assert "d" not in image
    answer = ada.get(image["url"])
    assert answer.content == b"x" * 5000
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert ada.get(values["many"]["url"]).content == bytes(10_000)
    assert "sandbox" in ada.get(values["many"]["url"]).headers["content-security-policy"]


def test_a_table_is_exported_in_every_format(ada: TestClient, results: ResultStore) -> None:
    for number in range(5000):
        results.log("results", number, {"text": f"=cmd|{number}" if number % 2 else "-fine", "x": number / 2})
    results.flush()
    where = {"path": RESULTS}
    text = ada.get(f"{TABLES}/export", params={**where, "format": "csv"}).text
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["id", "text", "x"]
    assert rows[2] == ["1", "'=cmd|1", "0.5"]
    assert len(rows) == 5001
    lines = ada.get(f"{TABLES}/export", params={**where, "format": "jsonl"}).content.splitlines()
    assert orjson.loads(lines[-1]) == {"id": 4999, "values": {"text": "=cmd|4999", "x": 2499.5}}
    stream = ada.get(f"{TABLES}/export", params={**where, "format": "arrow"}).content
    file = ada.get(f"{TABLES}/export", params={**where, "format": "parquet", "column": ["x"]}).content
    arrow, same = pa.ipc.open_stream(stream).read_all(), parquet.read_table(io.BytesIO(file))
    assert arrow.num_rows == same.num_rows == 5000
    assert same.column_names == ["id", "x"]
    assert arrow["x"].to_pylist() == same["x"].to_pylist()


def test_measures_are_taken_per_group(ada: TestClient, filled: ResultStore) -> None:
    found = ada.post(
        f"{TABLES}/aggregate",
        json={
            "tables": [RESULTS],
            "measures": {"rows": {"function": "count"}, "best": {"function": "max", "column": "score"}},
            "by": ["label"],
        },
    ).json()
    assert found["groups"] == [
        {"label": "l0", "rows": 34, "best": 9.0},
        {"label": "l1", "rows": 33, "best": 9.0},
        {"label": "l2", "rows": 33, "best": 9.0},
    ]
    where = {"op": "contains", "column": "label", "value": "2"}
    assert ada.post(f"{TABLES}/count", json={"tables": [RESULTS], "where": where}).json() == {"rows": 33}


def test_rows_are_counted_in_ranges_of_a_column(ada: TestClient, filled: ResultStore) -> None:
    asked = {"tables": [RESULTS], "measures": {"rows": {"function": "count"}}}
    found = ada.post(f"{TABLES}/aggregate", json={**asked, "bins": {"column": "score", "count": 3}}).json()
    assert found["edges"][0] == 0
    assert found["edges"][-1] == 9
    assert [each["bin"] for each in found["groups"]] == [0, 1, 2]
    assert sum(each["rows"] for each in found["groups"]) == 100
    split = ada.post(
        f"{TABLES}/aggregate", json={**asked, "bins": {"column": "score", "count": 3}, "by": ["label"]}
    ).json()
    assert len(split["groups"]) == 9
    same = ada.post(
        f"{TABLES}/aggregate",
        json={
            **asked,
            "bins": {"column": "score", "count": 3},
            "where": {"op": "=", "column": "score", "value": 9.0},
        },
    ).json()
    assert [each["bin"] for each in same["groups"]] == [0]
    assert same["edges"] == [9, 9]
    none = ada.post(f"{TABLES}/aggregate", json={**asked, "bins": {"column": "label"}}).json()
    assert none == {"groups": [], "edges": []}
    named = {**asked, "measures": {"bin": {"function": "count"}}, "bins": {"column": "score"}}
    assert ada.post(f"{TABLES}/aggregate", json=named).status_code == 400


def test_a_measure_is_not_called_like_a_column_that_is_grouped_by(
    ada: TestClient, filled: ResultStore
) -> None:
    asked = {"tables": [RESULTS], "measures": {"label": {"function": "count"}}}
    refused = ada.post(f"{TABLES}/aggregate", json={**asked, "by": ["label"]})
    assert refused.status_code == 422
    assert refused.json()["detail"] == (
        "body.by: a measure is called 'label' like this column; call the measure otherwise"
    )
    assert ada.post(f"{TABLES}/aggregate", json=asked).json()["groups"] == [{"label": 100}]


def test_foreign_tables_are_not_there(
    filled: ResultStore, client_of: Callable[..., TestClient], services: Services
) -> None:
    eve, nobody = client_of("eve"), client_of("")
    asked = {"tables": [RESULTS]}
    for path in (f"{TABLES}?beginning=", f"{TABLES}/info?path={RESULTS}", f"{TABLES}/export?path={RESULTS}"):
        assert eve.get(path).status_code == 404
        assert nobody.get(path).status_code == 401
    assert eve.post(f"{TABLES}/query", json=asked).status_code == 404
    eve.post("/api/v1/projects", json={"name": "mine"})
    for path in (f"../vision/{RESULTS}", f"/vision/{RESULTS}", f"vision/{RESULTS}"):
        there = {"tables": [path]}
        assert eve.post("/api/v1/projects/mine/tables/query", json=there).status_code == 404
    assert eve.get("/api/v1/projects/mine/tables").json()["total"] == 0


def test_a_new_project_of_the_same_name_sees_nothing_of_the_old(
    ada: TestClient, filled: ResultStore, services: Services
) -> None:
    body = {"tables": ["summary"]}
    assert len(ada.post(f"{TABLES}/query", json=body).json()["rows"]) == 1
    assert ada.delete("/api/v1/projects/vision").status_code == 204
    assert ada.post("/api/v1/projects", json={"name": "vision"}).status_code == 201
    assert ada.get(TABLES).json()["total"] == 0
    assert ada.post(f"{TABLES}/query", json=body).status_code == 404
    # As many commits as the old one had: nothing that was kept in memory may be taken for it.
    fresh = services.results("vision", "other")
    fresh.log_summary({"accuracy": 0.9})
    fresh.flush()
    rows = ada.post(f"{TABLES}/query", json=body).json()["rows"]
    assert rows == [{"id": "other", "values": {"accuracy": 0.9}}]
    # Whoever still writes for the old one is told.
    filled.log_summary({"accuracy": 0.1})
    with pytest.raises(Exception, match="gone"):
        filled.flush()
    assert ada.delete("/api/v1/projects/vision").status_code == 204
    assert ada.post("/api/v1/projects/vision/recover").status_code == 200
    assert [row["id"] for row in ada.post(f"{TABLES}/query", json=body).json()["rows"]] == ["other"]


def test_one_broken_cell_keeps_nobody_from_the_others(
    ada: TestClient, results: ResultStore, services: Services
) -> None:
    for number in range(50):
        results.log("results", number, {"x": number, "y": "fine"})
    broken: list[Any] = [{"$": "of a later release", "v": 1}, {"$": "media", "t": "image"}, {"$": "datetime"}]
    for number, cell in enumerate(broken):
        results._writer._add(f"vision/{RESULTS}", [100 + number, {"x": 7, "y": cell}])
    results.flush()
    body = {"tables": [RESULTS], "where": {"op": ">=", "column": "x", "value": 5}, "order": [{"column": "y"}]}
    for folded in (False, True):
        if folded:
            assert services.tables.fold(f"vision/{RESULTS}")
        rows = ada.post(f"{TABLES}/query", json=body).json()["rows"]
        assert len(rows) == 48
        assert [row["values"]["x"] for row in rows[-3:]] == [7, 7, 7]
        assert rows[-1]["values"]["y"]["$"] in ("datetime", "unreadable")
        for form in ("csv", "jsonl", "parquet", "arrow"):
            assert ada.get(f"{TABLES}/export", params={"path": RESULTS, "format": form}).status_code == 200
        assert ada.get(f"{TABLES}/info", params={"path": RESULTS}).json()["rows"] == 53
