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


@pytest.fixture
def folded(ada: TestClient, services: Services) -> None:
    """As above, with nothing but floats in `x`."""
    for name in ("one", "two", "three"):
        store = services.results("vision", name)
        for key in KEYS:
            if (name, key) not in {("two", 100), ("three", 299)}:
                x = -1.0 if (name, key) == ("two", 7) else key / 2
                more = {"more": 1} if (name, key) == ("two", 250) else {}
                store.log("results", key, {"x": x, "nan": float("nan"), "label": f"l{key}", **more})
        if name == "three":
            store.log("results", 1000, {"x": 1.0})
        store.flush()
        store.close()
        assert services.tables.fold(f"vision/evaluation/{name}/results")


def compared(ada: TestClient, **asked: Any) -> dict[str, Any]:
    body = {"tables": [ONE, TWO, THREE], "offset": 0, **asked}
    answer = ada.post(f"{TABLES}/compare", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.usefixtures("folded")
def test_rows_are_reached_by_their_number(ada: TestClient) -> None:
    page = compared(ada, offset=99, size=3, counts=True, find=101)
    assert [row["id"] for row in page["rows"]] == [99, 100, 101]
    assert [each is None for each in page["rows"][1]["values"]] == [False, True, False]
    assert (page["total"], page["place"], page["next"]) == (301, 101, None)
    assert page["counts"] == [
        {"equal": 297, "different": 2, "only_base": 1, "only_other": 0},
        {"equal": 299, "different": 0, "only_base": 1, "only_other": 1},
    ]
    differing = compared(ada, only_different=True, offset=2, size=50, find=299)
    assert [row["id"] for row in differing["rows"]] == [250, 299, 1000]
    assert (differing["total"], differing["place"]) == (5, 3)
    for key in (8, 2000, "7", 2**63):
        assert compared(ada, only_different=True, find=key)["place"] is None
    assert compared(ada, offset=400)["rows"] == []


@pytest.mark.usefixtures("folded")
def test_rows_that_differ_most_come_first(ada: TestClient) -> None:
    page = compared(ada, largest="x", size=3, find=7)
    assert page["rows"][0]["id"] == 7
    assert page["place"] == 0
    differing = compared(ada, largest="x", only_different=True)
    assert [row["id"] for row in differing["rows"]] == [7, 100, 250, 299, 1000]
    agreeing = compared(ada, tables=[ONE, TWO], largest="x==label", by=["x==label"], only_different=True)
    assert [row["id"] for row in agreeing["rows"]] == [100]
    assert compared(ada, largest="nan")["total"] == 301


def test_texts_truths_and_agreement_tell_rows_apart(ada: TestClient, services: Services) -> None:
    said = {"one": ["a", "b", "a", None], "two": ["a", "a", "a", "d"]}
    for name, words in said.items():
        store = services.results("vision", name)
        for key, word in zip("pqrs", words, strict=True):
            store.log("results", key, {"word": word, "truth": "a", "right": word == "a"})
        store.flush()
        store.close()
        services.tables.fold(f"vision/evaluation/{name}/results")
    two = {"tables": [ONE, TWO], "only_different": True}
    for by, keys in {"word": ["q", "s"], "right": ["q"], "word==truth": ["q"], "truth": []}.items():
        found = compared(ada, **two, by=[by], counts=True, largest=by)
        assert [row["id"] for row in found["rows"]] == keys, by
        assert found["counts"][0]["different"] == len(keys)
        whole = _all(ada, "compare", {**two, "by": [by]})
        assert [row["id"] for row in whole] == keys, by


@pytest.mark.usefixtures("three")
def test_rows_that_can_only_be_gone_through_come_by_cursors(ada: TestClient, services: Services) -> None:
    store = services.results("vision", "two")
    store.log("results", 7, {"x": 3.5})
    store.flush()
    page = compared(ada, size=10)
    assert (page["total"], page["place"], len(page["rows"])) == (None, None, 10)
    assert page["next"]
    for asked in ({"offset": 10}, {"largest": "x"}, {"cursor": page["next"], "offset": 0}):
        answer = ada.post(f"{TABLES}/compare", json={"tables": [ONE, TWO, THREE], **asked})
        assert (answer.status_code, answer.json()["code"]) == (400, "usage"), asked
    store.close()


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
    assert ada.post(f"{TABLES}/compare", json={"tables": [ONE]}).status_code == 404
    assert ada.post(f"{TABLES}/compare", json={"tables": []}).status_code == 422
