"""Tables of evaluations: questions, comparison, export, sessions of writers; views, panels and reports."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.contract.server.houses import Team
from tests.contract.server.processes import Caller

from starwhale.storage.tables.frames import encode_frame

Ask = Callable[..., Any]
ROWS: list[tuple[Any, dict[str, Any]]] = [
    (key, {"score": key % 7, "label": f"l{key % 5}", "ratio": key / 8, "even": key % 2 == 0})
    for key in range(40)
]


@pytest.fixture
def ask(team: Team) -> Ask:
    """Asks something about the tables of the project."""

    def asked(what: str, **body: Any) -> Any:
        return team.owner.done("POST", f"{team.path}/tables/{what}", json=body)

    return asked


def test_rows_are_filtered_sorted_and_paged(team: Team, ask: Ask) -> None:
    table = team.fill("night", ROWS)
    where = {
        "op": "and",
        "parts": [
            {"op": ">=", "column": "score", "value": 3},
            {"op": "in", "column": "label", "values": ["l1", "l2", "l4"]},
            {"op": "not", "part": {"op": "=", "column": "even", "value": True}},
        ],
    }
    wanted = [(key, row) for key, row in ROWS if row["score"] >= 3 and key % 5 in (1, 2, 4) and key % 2]
    wanted.sort(key=lambda each: (-each[1]["score"], each[0]))
    found: list[Any] = []
    body: dict[str, Any] = {
        "tables": [table],
        "where": where,
        "order": [{"column": "score", "descending": True}],
    }
    while True:
        page = ask("query", **body, size=3)
        found += [(row["id"], row["values"]) for row in page["rows"]]
        if page["next"] is None:
            break
        body["cursor"] = page["next"]
    assert found == wanted
    assert ask("count", tables=[table], where=where) == {"rows": len(wanted)}
    measures = {"n": {"function": "count"}, "best": {"function": "max", "column": "ratio"}}
    groups = ask("aggregate", tables=[table], measures=measures, by=["label"])["groups"]
    assert sorted((each["label"], each["n"]) for each in groups) == [(f"l{n}", 8) for n in range(5)]
    assert max(each["best"] for each in groups) == 39 / 8
    row = team.owner.done(
        "GET", f"{team.path}/tables/row", params={"path": table, "id": "7", "integer": True}
    )
    assert row["values"]["ratio"] == 7 / 8


def test_a_table_is_read_as_it_was(team: Team, ask: Ask) -> None:
    table = team.fill("night", ROWS[:3])

    def revision() -> int:
        return team.owner.done("GET", f"{team.path}/tables/info", params={"path": table})["revision"]

    before = revision()
    team.fill("night", [(1, {"label": "changed"}), (9, {"label": "new"})])
    told = {"table": table, "rows": [{"id": 0, "values": None}]}
    team.owner.done("POST", f"{team.path}/tables/rows", 204, json=told)
    assert revision() > before
    now = ask("query", tables=[table])["rows"]
    assert [(row["id"], row["values"]["label"]) for row in now] == [(1, "changed"), (2, "l2"), (9, "new")]
    then = ask("query", tables=[table], revision=before)["rows"]
    assert [(row["id"], row["values"]["label"]) for row in then] == [(0, "l0"), (1, "l1"), (2, "l2")]


def test_evaluations_are_compared_and_merged(team: Team, ask: Ask) -> None:
    one = team.fill("one", ROWS)
    changed = [(key, row | {"ratio": -1.0} if key == 7 else row) for key, row in ROWS if key != 11]
    two = team.fill("two", changed)
    page = ask("compare", tables=[one, two], only_different=True, counts=True)
    assert [row["id"] for row in page["rows"]] == [7, 11]
    assert page["rows"][0]["different"] == [[], ["ratio"]]
    assert page["counts"] == [{"equal": 38, "different": 1, "only_base": 1, "only_other": 0}]
    parts = [{"table": one, "prefix": "a."}, {"table": two, "prefix": "b."}]
    inner = ask("merge", tables=parts, inner=True, columns=["ratio"], size=100)["rows"]
    assert len(inner) == 39
    assert inner[7]["values"] == {"a.ratio": 7 / 8, "b.ratio": -1.0}


def test_a_table_is_exported_in_three_forms(team: Team) -> None:
    table = team.fill("night", ROWS)

    def exported(form: str) -> bytes:
        path = f"{team.path}/tables/export"
        return team.owner.done("GET", path, params={"path": table, "format": form}).content

    lines = [json.loads(line) for line in exported("jsonl").splitlines()]
    assert [line["values"]["score"] for line in lines] == [row["score"] for _, row in ROWS]
    sheet = list(csv.DictReader(io.StringIO(exported("csv").decode("utf-8-sig"))))
    assert [line["label"] for line in sheet] == [row["label"] for _, row in ROWS]
    columns = pq.read_table(io.BytesIO(exported("parquet"))).to_pydict()
    assert columns["ratio"] == [row["ratio"] for _, row in ROWS]


def test_batches_of_a_session_count_once_and_in_order(team: Team, ask: Ask) -> None:
    number = team.owner.done("POST", f"{team.path}/tables/writers", 201, json={"job": "far"})["id"]
    path = f"{team.path}/tables/writers/{number}"

    def send(sequence: int, caller: Caller = team.owner) -> Any:
        frame = encode_frame(sequence, [["results", [[sequence, {"n": sequence}]]]])
        kind = {"Content-Type": "application/octet-stream"}
        return caller.post(f"{path}/batches", content=frame, headers=kind)

    assert send(2).status_code == 409
    assert send(1).json() == {"sequence": 1, "fresh": True}
    assert send(1).json() == {"sequence": 1, "fresh": False}
    assert send(2).json() == {"sequence": 2, "fresh": True}
    assert send(3, team.member("bob", "MAINTAINER")).status_code == 404
    rows = ask("query", tables=["evaluation/far/results"])["rows"]
    assert [row["values"]["n"] for row in rows] == [1, 2]
    team.owner.done("DELETE", path)
    assert send(3).status_code == 404


@pytest.mark.parametrize("kind", ["views", "panels"])
def test_views_and_panels_are_changed_by_whoever_has_seen_them(team: Team, kind: str) -> None:
    body = {"name": "hardest", "place": "evaluation/results", "content": {"sort": "-score"}}
    number = team.owner.done("POST", f"{team.path}/{kind}", 201, json=body)["id"]
    path = f"{team.path}/{kind}/{number}"
    seen = {"If-Match": team.owner.get(path).headers["etag"]}
    team.owner.done("PATCH", path, json={"content": {"sort": "x"}}, headers=seen)
    assert team.owner.patch(path, json={"name": "mine"}, headers=seen).status_code == 412
    assert team.owner.post(f"{team.path}/{kind}", json=body).status_code == 409
    copy = team.owner.done("POST", f"{path}/duplicate", 201, json={"name": "copy"})["id"]
    assert team.owner.done("PUT", f"{team.path}/{kind}/{copy}/default")["preferred"]
    assert team.owner.done("PUT", f"{path}/default")["preferred"]
    names = [(each["name"], each["preferred"]) for each in team.owner.pages(f"{team.path}/{kind}", size=1)]
    assert names == [("copy", False), ("hardest", True)]
    assert not team.owner.done("DELETE", f"{path}/default")["preferred"]
    assert not team.owner.done("GET", path)["preferred"]
    team.owner.done("DELETE", path, 204)
    assert team.owner.get(path).status_code == 404


def test_a_report_is_read_by_whoever_has_its_link(team: Team) -> None:
    team.fill("night", [("night", {"accuracy": 0.5, "secret": 1})], "scores")
    question = {"tables": ["evaluation/night/scores"], "columns": ["accuracy"], "size": 10}
    blocks = [{"type": "text", "markdown": "# Week"}, {"type": "panel", "title": "t", "question": question}]
    made = team.owner.done(
        "POST", f"{team.path}/reports", 201, json={"name": "w", "content": {"blocks": blocks}}
    )
    path, anybody = f"{team.path}/reports/{made['id']}", team.house.caller()
    link = team.owner.done("PUT", f"{path}/link")["path"].removeprefix("/api/v1")
    assert anybody.done("GET", link)["content"]["blocks"][0] == blocks[0]
    rows = anybody.done("GET", f"{link}/panels/1")["rows"]
    assert rows == [{"id": "night", "values": {"accuracy": 0.5}}]
    team.owner.done("DELETE", f"{path}/link", 204)
    assert anybody.get(link).status_code == 401
