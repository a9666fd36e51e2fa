"""Questions over HTTP: they say what plain Python says, and whatever is no question is refused."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from math import inf
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from tests.slice.server.tables.conftest import TABLES

from starwhale.evaluations.results import ResultStore
from starwhale.server.services import Services

RESULTS = "evaluation/night/results"
NAMES = ("a", "b", 'c"; DROP', "id")
_NUMBER = count()
_DAY = datetime(2026, 1, 1)  # noqa: DTZ001 - values without a zone are values too
_TEXTS = st.sampled_from(["", "a", "ab", "B", "ü", "%", "_", "'", '"', "1", "true", "null"])
_PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**52), 2**52),
    st.integers(-3, 3),
    st.floats(allow_nan=False, width=32),
    st.sampled_from([0.0, -0.0, 1.0, -1.5]),
    _TEXTS,
)
_VALUES = st.one_of(
    _PLAIN,
    st.sampled_from([_DAY, _DAY + timedelta(days=200, hours=3)]),
    st.sampled_from([b"bytes", [1, 2], {"x": 1}]),
)
# JSON says no infinity; rows may hold it all the same.
_CONSTANTS = _PLAIN.filter(lambda value: value not in (inf, -inf))
_SOME = st.lists(_CONSTANTS, max_size=4)
_ROWS = st.dictionaries(
    st.one_of(st.integers(-20, 20), _TEXTS.filter(bool)),
    st.dictionaries(st.sampled_from(NAMES[:3]), _VALUES, max_size=3),
    max_size=15,
)


def _leaves() -> st.SearchStrategy[dict[str, Any]]:
    column = st.sampled_from(NAMES)
    return st.one_of(
        st.fixed_dictionaries(
            {"op": st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), "column": column, "value": _CONSTANTS}
        ),
        st.fixed_dictionaries({"op": st.just("in"), "column": column, "values": _SOME}),
        st.fixed_dictionaries({"op": st.just("contains"), "column": column, "value": _TEXTS}),
        st.fixed_dictionaries({"op": st.just("is_null"), "column": column}),
    )


def _trees(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    parts = st.lists(children, max_size=3)
    return st.one_of(
        st.fixed_dictionaries({"op": st.sampled_from(["and", "or"]), "parts": parts}),
        st.fixed_dictionaries({"op": st.just("not"), "part": children}),
    )


_FILTERS = st.one_of(st.none(), st.recursive(_leaves(), _trees, max_leaves=6))
_ORDERS = st.lists(
    st.fixed_dictionaries({"column": st.sampled_from(NAMES), "descending": st.booleans()}),
    max_size=3,
    unique_by=lambda each: each["column"],
)


def _kind(value: Any) -> int:
    if isinstance(value, bool):
        return 0
    if isinstance(value, (int, float)):
        return 1
    return 2 if isinstance(value, str) else 3 if isinstance(value, datetime) else 4


def _holds(tree: Any, row: dict[str, Any]) -> bool:
    if tree is None:
        return True
    kind = tree["op"]
    if kind in ("and", "or"):
        return (all if kind == "and" else any)(_holds(each, row) for each in tree["parts"])
    if kind == "not":
        return not _holds(tree["part"], row)
    value = row.get(tree["column"])
    if kind == "is_null":
        return value is None
    if kind == "in":
        return any(_compared("=", value, each) for each in tree["values"])
    if kind == "contains":
        return isinstance(value, str) and tree["value"] in value
    return _compared(kind, value, tree["value"])


def _compared(kind: str, value: Any, other: Any) -> bool:
    if other is None:
        return {"=": value is None, "!=": value is not None}.get(kind, False)
    if value is None or _kind(value) != _kind(other):
        return False
    found: dict[str, Callable[[Any, Any], bool]] = {
        "=": lambda x, y: x == y,
        "!=": lambda x, y: x != y,
        "<": lambda x, y: x < y,
        "<=": lambda x, y: x <= y,
        ">": lambda x, y: x > y,
        ">=": lambda x, y: x >= y,
    }
    return found[kind](value, other)


def _sorted(rows: list[dict[str, Any]], orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = sorted(rows, key=lambda row: (isinstance(row["id"], str), row["id"]))
    for order in reversed(orders):
        name, down = order["column"], order["descending"]
        there = [row for row in found if row.get(name) is not None]
        there.sort(key=lambda row: _sort_key(row[name], down), reverse=down)
        found = [*there, *(row for row in found if row.get(name) is None)]
    return found


def _sort_key(value: Any, down: bool) -> tuple[Any, ...]:
    kind = _kind(value)
    if kind == 1:
        # Of equal numbers the integer comes first, upwards and downwards.
        return (kind, float(value), isinstance(value, float) != down)
    return (kind, True if kind == 4 else value)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rows=_ROWS, changed=_ROWS, where=_FILTERS, order=_ORDERS, size=st.integers(1, 6), fold=st.booleans())
def test_a_question_says_what_plain_python_says(
    ada: TestClient,
    services: Services,
    rows: dict[Any, dict[str, Any]],
    changed: dict[Any, dict[str, Any]],
    where: Any,
    order: list[dict[str, Any]],
    size: int,
    fold: bool,
) -> None:
    job = f"j{next(_NUMBER)}"
    if not _has_project(ada):
        ada.post("/api/v1/projects", json={"name": "vision"})
    store = services.results("vision", job)
    merged: dict[Any, dict[str, Any]] = {}
    for part, folded in ((rows, fold), (changed, False)):
        for key, values in part.items():
            store.log("t", key, values)
            merged.setdefault(key, {}).update(_flat(values))
        store.flush()
        if folded and part:
            services.tables.fold(f"vision/evaluation/{job}/t")
    store.close()
    if not merged:
        return
    wanted = _sorted(
        [{**row, "id": key} for key, row in merged.items() if _holds(where, {**row, "id": key})], order
    )
    body: dict[str, Any] = {"tables": [f"evaluation/{job}/t"], "where": where, "order": order, "size": size}
    found: list[Any] = []
    while True:
        answer = ada.post(f"{TABLES}/query", json=body)
        assert answer.status_code == 200, answer.text
        found += [row["id"] for row in answer.json()["rows"]]
        body["cursor"] = answer.json()["next"]
        if body["cursor"] is None:
            break
    assert found == [row["id"] for row in wanted]
    counted = ada.post(f"{TABLES}/count", json={"tables": body["tables"], "where": where}).json()
    assert counted == {"rows": len(wanted)}


def _flat(values: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            flat |= {f"{name}/{inner}": each for inner, each in value.items()}
        else:
            flat[name] = value
    return flat


def _has_project(client: TestClient) -> bool:
    return client.get("/api/v1/projects/vision").status_code == 200


@pytest.fixture
def filled(results: ResultStore) -> ResultStore:
    for number in range(20):
        results.log("results", number, {"x": number, "s": f"t{number}", "we\"ird'; --": number})
    results.flush()
    return results


INJECTIONS = (
    "' OR 1=1 --",
    '" OR ""="',
    "x'; DROP TABLE rows; --",
    "\"; ATTACH '/etc/passwd' AS x; --",
    "1); SELECT * FROM read_csv('/etc/passwd'); --",
    "${jndi:ldap://x}",
    "{{7*7}}",
    "$(id)",
    "x) UNION ALL SELECT 1, 'a' --",
    "vb OR true",
    "%' OR '1'='1",
    "\\",
    "v0i",
    "ki",
)


@pytest.mark.parametrize("text", INJECTIONS)
def test_nothing_that_is_sent_becomes_sql(ada: TestClient, filled: ResultStore, text: str) -> None:
    tables = {"tables": [RESULTS]}
    for leaf in (
        {"op": "=", "column": text, "value": 1},
        {"op": "=", "column": "s", "value": text},
        {"op": "in", "column": "s", "values": [text]},
        {"op": "contains", "column": "s", "value": text},
        {"op": ">", "column": text, "value": text},
    ):
        answer = ada.post(f"{TABLES}/query", json={**tables, "where": leaf})
        assert (answer.status_code, answer.json()["rows"]) == (200, [])
    ordered = ada.post(f"{TABLES}/query", json={**tables, "order": [{"column": text}], "columns": [text]})
    assert len(ordered.json()["rows"]) == 20
    measures = {f"max {text}": {"function": "max", "column": text}}
    groups = ada.post(f"{TABLES}/aggregate", json={**tables, "measures": measures, "by": [text]}).json()
    assert groups["groups"] == [{text: None, f"max {text}": None}]
    measures = {"x": {"function": text, "column": "x"}}
    assert ada.post(f"{TABLES}/aggregate", json={**tables, "measures": measures}).status_code == 422
    assert ada.post(f"{TABLES}/query", json={**tables, "where": {"op": text}}).status_code == 400
    assert ada.post(f"{TABLES}/query", json={"tables": [text]}).status_code == 404


@pytest.mark.parametrize(
    "asked",
    [
        {"where": {"op": "=", "column": "s", "value": "\ud800"}},
        {"where": {"op": "in", "column": "s", "values": ["a", "\udfff"]}},
        {"measures": {"\ud800": {"function": "count"}}},
        {"measures": {"": {"function": "count"}}},
    ],
)
def test_what_is_no_text_is_refused(ada: TestClient, filled: ResultStore, asked: dict[str, Any]) -> None:
    body = json.dumps({"tables": [RESULTS], **asked})
    path = "aggregate" if "measures" in asked else "query"
    answer = ada.post(f"{TABLES}/{path}", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422, answer.text


def test_a_strange_name_of_a_column_is_only_a_name(ada: TestClient, filled: ResultStore) -> None:
    where = {"op": ">=", "column": "we\"ird'; --", "value": 18}
    answer = ada.post(f"{TABLES}/query", json={"tables": [RESULTS], "where": where, "columns": ["x"]})
    assert [row["values"]["x"] for row in answer.json()["rows"]] == [18, 19]


def _nested(depth: int) -> str:
    return '{"op":"not","part":' * depth + '{"op":"is_null","column":"x"}' + "}" * depth


@pytest.mark.parametrize("depth", [21, 500, 5_000, 100_000])
def test_deep_trees_are_refused(ada: TestClient, filled: ResultStore, depth: int) -> None:
    body = f'{{"tables":["{RESULTS}"],"where":{_nested(depth)}}}'
    answer = ada.post(f"{TABLES}/query", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    assert (
        ada.post(
            f"{TABLES}/query",
            content=body.replace(_nested(depth), _nested(20)),
            headers={"Content-Type": "application/json"},
        ).status_code
        == 200
    )


def test_large_trees_are_refused(ada: TestClient, filled: ResultStore) -> None:
    part = {"op": "=", "column": "x", "value": 1}
    wide = {"op": "or", "parts": [part] * 501}
    many = {"op": "in", "column": "x", "values": list(range(10_001))}
    for where in (wide, many):
        assert ada.post(f"{TABLES}/query", json={"tables": [RESULTS], "where": where}).status_code == 400
    fine = {"op": "in", "column": "x", "values": list(range(10_000))}
    assert len(ada.post(f"{TABLES}/query", json={"tables": [RESULTS], "where": fine}).json()["rows"]) == 20


@pytest.mark.parametrize(
    "where",
    [
        {},
        {"op": "and"},
        {"op": "and", "parts": {}},
        {"op": "and", "parts": [1]},
        {"op": "not", "part": None},
        {"op": "=", "column": "x"},
        {"op": "=", "column": "x", "value": 1, "more": 1},
        {"op": "=", "column": 5, "value": 1},
        {"op": "=", "column": "", "value": 1},
        {"op": "=", "column": "x", "value": [1]},
        {"op": "=", "column": "x", "value": {"$": "datetime", "v": "soon"}},
        {"op": "in", "column": "x", "values": 1},
        {"op": "contains", "column": "x", "value": 1},
        {"op": ["="], "column": "x", "value": 1},
        {"op": "=", "column": "x", "value": {"$": "float", "v": "nan"}},
    ],
)
def test_what_is_no_filter_is_refused_in_a_sentence(ada: TestClient, filled: ResultStore, where: Any) -> None:
    answer = ada.post(f"{TABLES}/query", json={"tables": [RESULTS], "where": where})
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")


def test_times_are_compared_as_times(ada: TestClient, results: ResultStore) -> None:
    for day in range(1, 10):
        results.log("results", day, {"at": _DAY + timedelta(days=day - 1)})
    results.flush()
    where = {"op": ">", "column": "at", "value": {"$": "datetime", "v": "2026-01-07T00:00:00"}}
    body: dict[str, Any] = {
        "tables": [RESULTS],
        "where": where,
        "order": [{"column": "at", "descending": True}],
    }
    assert [row["id"] for row in ada.post(f"{TABLES}/query", json=body).json()["rows"]] == [9, 8]
    first = ada.post(f"{TABLES}/query", json={**body, "size": 1}).json()
    second = ada.post(f"{TABLES}/query", json={**body, "size": 1, "cursor": first["next"]}).json()
    assert [row["id"] for row in second["rows"]] == [8]


def test_a_cursor_that_was_tampered_with_is_refused(ada: TestClient, filled: ResultStore) -> None:
    body: dict[str, Any] = {"tables": [RESULTS], "order": [{"column": "x"}], "size": 5}
    cursor = ada.post(f"{TABLES}/query", json=body).json()["next"]
    form = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))

    def packed(*changed: Any) -> str:
        return urlsafe_b64encode(json.dumps(changed).encode()).decode().rstrip("=")

    _form, question, values, key = form
    forged = [
        "",
        "x",
        "%%%",
        cursor[:-3],
        packed(2, question, values, key),
        packed(1, "other", values, key),
        packed(1, question, [], key),
        packed(1, question, [["i", "'; --"]], key),
        packed(1, question, [["q", 1]], key),
        packed(1, question, [["i", "9" * 400]], key),
        packed(1, question, [["s", 1]], key),
        packed(1, question, [["d", "2026-01-01T00:00:00+00:00"]], key),
        packed(1, question, values, 2**70),
        packed(1, question, values, None),
        packed(1, question, values, [1]),
        packed(1, question, values, True),
    ]
    for each in forged[1:]:
        answer = ada.post(f"{TABLES}/query", json={**body, "cursor": each})
        assert answer.status_code == 400, (each, answer.text)
    assert ada.post(f"{TABLES}/query", json={**body, "order": [], "cursor": cursor}).status_code == 400
    fine = ada.post(f"{TABLES}/query", json={**body, "cursor": packed(1, question, [["f", "7.5"]], 0)})
    assert [row["id"] for row in fine.json()["rows"]] == [8, 9, 10, 11, 12]
