"""Tables of a job over a real catalog: pages, counts, and rows that a refused commit leaves out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from starwhale.core.errors import InvalidName, NotFound, UnsupportedValue, UsageError
from starwhale.core.settings import Settings
from starwhale.evaluations.results import ResultStore
from starwhale.instance.local import LocalInstance
from starwhale.storage.tables.engine import _engine
from starwhale.storage.tables.query import And, Compare, Order, Query


@pytest.fixture
def here(catalog_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalInstance]:
    monkeypatch.setenv("SW_LOCAL_STORAGE", str(tmp_path / "store"))
    monkeypatch.setenv("SW_CATALOG_URL", catalog_url)
    import os

    with LocalInstance(Settings.from_env(os.environ)) as instance:
        yield instance


@pytest.fixture
def results(here: LocalInstance) -> ResultStore:
    store = here.results("self", "job")
    for number in range(200):
        store.log("results", f"row-{number:03}", {"score": number % 50, "label": f"l{number % 4}"})
    return store


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "UTC"])
@pytest.mark.parametrize("mixed", [False, True], ids=["times", "times and others"])
def test_moments_are_compared_as_such_wherever_the_machine_stands(
    here: LocalInstance, monkeypatch: pytest.MonkeyPatch, zone: str, mixed: bool
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        _engine.cache_clear()
        store = here.results("self", "moments")
        noon = datetime(2026, 1, 31, 12, tzinfo=UTC)
        for hours in range(-2, 3):
            store.log("results", hours, {"at": noon + timedelta(hours=hours)})
        if mixed:
            store.log("results", 9, {"at": "never"})
        store.flush()
        found = store.query("results", Query(where=Compare("at", ">=", noon), limit=10))
        assert [row["id"] for row in found] == [0, 1, 2]
        east = noon.astimezone(timezone(timedelta(hours=8)))
        assert [
            row["id"] for row in store.query("results", Query(where=Compare("at", "<", east), limit=9))
        ] == [
            -2,
            -1,
        ]
    finally:
        monkeypatch.undo()
        time.tzset()
        _engine.cache_clear()


def test_a_page_is_filtered_and_sorted_by_the_engine(results: ResultStore) -> None:
    page = results.query(
        "results",
        Query(
            where=And((Compare("label", "=", "l1"), Compare("score", ">=", 40))),
            order=[Order(column="score", descending=True)],
            limit=3,
        ),
    )
    assert [(row["id"], row["score"]) for row in page] == [("row-049", 49), ("row-149", 49), ("row-097", 47)]
    assert results.count("results") == 200
    assert results.count("results", Compare("label", "=", "l1")) == 50


def test_a_page_sees_folded_and_fresh_rows_alike(here: LocalInstance, results: ResultStore) -> None:
    results.flush()
    assert here.tables.fold("self/evaluation/job/results")
    results.log("results", "row-000", {"score": 1000})
    best = results.query("results", Query(order=[Order(column="score", descending=True)], limit=1))
    assert best == [{"id": "row-000", "score": 1000, "label": "l0"}]


def test_rows_of_a_refused_commit_are_nowhere(here: LocalInstance, results: ResultStore) -> None:
    def refuse(_session: Any) -> None:
        raise PermissionError

    results.flush()
    results.log("results", "late", {"score": 1})
    results.log_summary({"late": True})
    with pytest.raises(PermissionError):
        results.flush(guard=refuse)
    assert results.count("results") == 200
    assert results.get_summary() == {}
    assert not [row for row in here.results("self", "job").scan("results") if row["id"] == "late"]


def test_a_guard_and_the_rows_count_together(here: LocalInstance, results: ResultStore) -> None:
    seen: list[Any] = []
    results.flush(guard=seen.append)
    assert len(seen) == 1
    assert here.results("self", "job").count("results") == 200


def test_columns_merge_and_nested_values_become_columns(results: ResultStore) -> None:
    results.log("t", 1, {"a": {"b": 1, "c": {"d": 2}}, "e": None})
    results.log("t", 1, {"a": {"b": 5}})
    assert list(results.scan("t")) == [{"id": 1, "a/b": 5, "a/c/d": 2}]
    assert list(results.scan("t", keep_none=True)) == [{"id": 1, "a/b": 5, "a/c/d": 2, "e": None}]


def test_a_scan_from_one_id_to_another(results: ResultStore) -> None:
    ids = [row["id"] for row in results.scan("results", "row-010", "row-012")]
    assert ids == ["row-010", "row-011"]
    ids = [row["id"] for row in results.scan("results", "row-010", "row-012", end_inclusive=True)]
    assert ids == ["row-010", "row-011", "row-012"]


def test_what_cannot_be_logged_is_refused_at_once(results: ResultStore) -> None:
    with pytest.raises(UnsupportedValue, match="'thing'"):
        results.log("results", 1, {"fine": 1, "thing": object()})
    with pytest.raises(UsageError, match="id"):
        results.log("results", 1.5, {"a": 1})  # type: ignore[arg-type]
    with pytest.raises(UnsupportedValue, match="64 bits"):
        results.log("results", 2**63, {"a": 1})
    with pytest.raises(InvalidName):
        results.log("results", 1, {"": 1})
    with pytest.raises(InvalidName):
        results.log("", 1, {"a": 1})
    with pytest.raises(NotFound):
        results.count("nothing")
    assert results.count("results") == 200
