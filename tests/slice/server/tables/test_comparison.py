"""Evaluations side by side: what differs is marked, found column by column or by walking; and merged."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.slice.server.tables.conftest import TABLES

from starwhale.server.services import Services

ONE, TWO, THREE = (f"evaluation/{name}/results" for name in ("one", "two", "three"))
KEYS = range(300)


@pytest.fixture(params=["folded", "fresh", "mixed"])
def three(request: pytest.FixtureRequest, ada: TestClient, services: Services) -> None:
    """Rows 0-299; the second differs in 7 and 250 and has no 100, the third lacks the last, with one more."""
    for name in ("one", "two", "three"):
        store = services.results("vision", name)
        for key in KEYS:
            row: dict[str, Any] = {
                "x": key / 2,
                "label": f"l{key}",
                "none": None,
                "duration_seconds": len(name),
            }
            row["nan"] = float("nan")
            if name == "two":
                if key == 100:
                    continue
                row["x"] = -1.0 if key == 7 else key // 2 if key % 2 == 0 else key / 2
                row |= {"more": 1} if key == 250 else {}
            if name == "three" and key == 299:
                continue
            store.log("results", key, row)
        if name == "three":
            store.log("results", 1000, {"x": 1})
        store.flush()
        store.close()
        if request.param == "folded" or (request.param == "mixed" and name == "one"):
            assert services.tables.fold(f"vision/evaluation/{name}/results")


def _all(ada: TestClient, path: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    while True:
        answer = ada.post(f"{TABLES}/{path}", json=body)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        rows += page["rows"]
        if page["next"] is None:
            return rows
        body = {**body, "cursor": page["next"]}


@pytest.mark.usefixtures("three")
def test_only_rows_that_differ_are_shown(ada: TestClient) -> None:
    body = {"tables": [ONE, TWO, THREE], "only_different": True, "size": 2, "counts": True}
    rows = _all(ada, "compare", body)
    assert [row["id"] for row in rows] == [7, 100, 250, 299, 1000]
    assert rows[0]["different"] == [[], ["x"], []]
    assert [values["x"] for values in rows[0]["values"]] == [3.5, -1.0, 3.5]
    assert rows[1]["values"][1] is None
    assert rows[2]["different"][1] == ["more"]
    assert "duration_seconds" not in rows[0]["values"][0]
    page = ada.post(f"{TABLES}/compare", json=body).json()
    assert page["counts"] == [
        {"equal": 297, "different": 2, "only_base": 1, "only_other": 0},
        {"equal": 299, "different": 0, "only_base": 1, "only_other": 1},
    ]


@pytest.mark.usefixtures("three")
def test_all_rows_are_shown_with_what_differs(ada: TestClient) -> None:
    rows = _all(ada, "compare", {"tables": [ONE, TWO], "columns": ["x"], "size": 90})
    assert [row["id"] for row in rows] == list(KEYS)
    assert [row["id"] for row in rows if row["different"][1]] == [7]
    assert rows[100]["values"] == [{"x": 50.0}, None]


@pytest.mark.usefixtures("three")
def test_tables_are_merged_by_key(ada: TestClient) -> None:
    parts = [{"table": ONE, "prefix": "a."}, {"table": TWO, "prefix": "b."}, {"table": THREE, "prefix": "c."}]
    outer = _all(ada, "merge", {"tables": parts, "size": 101, "columns": ["x"]})
    assert [row["id"] for row in outer] == [*KEYS, 1000]
    assert outer[7]["values"] == {"a.x": 3.5, "b.x": -1.0, "c.x": 3.5}
    assert outer[-1]["values"] == {"c.x": 1}
    inner = _all(ada, "merge", {"tables": parts, "size": 101, "inner": True})
    assert [row["id"] for row in inner] == [key for key in KEYS if key not in (100, 299)]
    twice = [{"table": ONE}, {"table": TWO}]
    assert ada.post(f"{TABLES}/merge", json={"tables": twice}).status_code == 400


def test_what_is_not_there_is_not_compared(ada: TestClient, services: Services) -> None:
    assert ada.post(f"{TABLES}/compare", json={"tables": [ONE, TWO]}).status_code == 404
    assert ada.post(f"{TABLES}/compare", json={"tables": [ONE]}).status_code == 422
