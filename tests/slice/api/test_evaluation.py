"""Logging results, and reading them back, in a job and outside of one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from starwhale import Context, Evaluation, evaluation
from starwhale.api import context
from starwhale.core.errors import InvalidName, UnsupportedValue, UsageError
from starwhale.evaluations.results import ResultStore
from starwhale.instance.local import LocalInstance

JOB = "b" * 40


@pytest.fixture
def inside(instance: LocalInstance) -> Iterator[ResultStore]:
    """A task of a job runs in this thread; its results are committed by its worker."""
    results = instance.results("self", JOB)
    context.enter(Context(version=JOB, step="m:f", run_project="self"), results)
    yield results
    context.leave()
    results.close()


def test_rows_are_merged_by_id_and_read_in_order(instance: LocalInstance) -> None:
    with Evaluation("nightly", "self") as results:
        results.log("losses", 2, {"train": 0.5})
        results.log("losses", 1, {"train": 0.7, "val": {"top1": 0.9, "none": None}})
        results.log("losses", 2, {"val": {"top1": 0.8}})
        results.log_result("a", {"x": 1})
    with Evaluation("nightly", "self") as results:
        assert list(results.scan("losses")) == [
            {"id": 1, "train": 0.7, "val/top1": 0.9},
            {"id": 2, "train": 0.5, "val/top1": 0.8},
        ]
        assert next(results.scan("losses", keep_none=True))["val/none"] is None
        assert [row["id"] for row in results.scan("losses", 1, 2)] == [1]
        assert [row["id"] for row in results.scan("losses", 1, 2, end_inclusive=True)] == [1, 2]
        assert list(results.scan_results()) == [{"id": "a", "x": 1}]
        assert sorted(results.get_tables()) == ["losses", "results"]
        assert list(results.scan("nothing")) == []


def test_the_summary_is_one_row_per_evaluation(instance: LocalInstance) -> None:
    with Evaluation("one", "self") as one, Evaluation("two", "self") as two:
        one.log_summary({"accuracy": 0.9, "macro avg": {"f1": 0.8}})
        one.log_summary(loss=0.1)
        two.log_summary(accuracy=0.5)
        assert one.get_summary() == {"accuracy": 0.9, "macro avg/f1": 0.8, "loss": 0.1}
        assert two.get_summary() == {"accuracy": 0.5}
    assert Evaluation("three", "self").get_summary() == {}


def test_what_is_flushed_is_seen_by_others_and_what_is_not_is_not(instance: LocalInstance) -> None:
    writer, reader = Evaluation("shared", "self"), Evaluation("shared", "self")
    writer.log("a", 1, {"x": 1})
    writer.log("b", 1, {"x": 1})
    assert list(reader.scan("a")) == []
    writer.flush("a")
    assert len(list(reader.scan("a"))) == 1
    assert list(reader.scan("b")) == []
    writer.flush_all()
    assert len(list(reader.scan("b"))) == 1
    for each in (writer, reader):
        each.close()
        each.close()


@pytest.mark.parametrize("name", ["", "a b", "a/b", "é"])
def test_an_id_with_other_characters_is_refused(name: str) -> None:
    with pytest.raises(InvalidName):
        Evaluation(name, "self")


def test_a_value_that_no_column_can_hold_is_told_at_once_and_spoils_nothing(instance: LocalInstance) -> None:
    with Evaluation("strict", "self") as results:
        with pytest.raises(UnsupportedValue, match="column 'bad'"):
            results.log("t", 1, {"good": 1, "bad": object()})
        results.log("t", 2, {"good": 1})
        assert list(results.scan("t")) == [{"id": 2, "good": 1}]


def test_a_summary_is_given_in_one_way_only(instance: LocalInstance) -> None:
    results = Evaluation("summary", "self")
    for wrong in (
        lambda: results.log_summary({"a": 1}, b=2),
        lambda: results.log_summary({"a": 1}, {"b": 2}),
    ):
        with pytest.raises(UsageError, match="either one dict or keyword arguments"):
            wrong()


def test_the_functions_mean_the_job_that_runs_here(inside: ResultStore, instance: LocalInstance) -> None:
    evaluation.log("losses", 1, {"x": 1})
    evaluation.log_result(7, {"y": 2})
    evaluation.log_summary(accuracy=1.0)
    with Evaluation.from_context() as results:
        results.log("losses", 2, {"x": 2})
    other = instance.results("self", JOB)
    assert list(other.scan("losses")) == []
    assert [row["x"] for row in evaluation.scan("losses")] == [1, 2]
    assert [row["y"] for row in evaluation.scan_results()] == [2]
    assert [row["x"] for row in evaluation.iter("losses", 2)] == [2]
    assert evaluation.get_summary() == {"accuracy": 1.0}
    evaluation.flush()
    assert len(list(other.scan("losses"))) == 2
    other.close()


def test_outside_a_job_the_functions_say_so() -> None:
    with pytest.raises(RuntimeError, match="no task of a job runs here"):
        evaluation.log("losses", 1, {"x": 1})


def test_a_context_of_ones_own_is_enough_to_log(instance: LocalInstance) -> None:
    Context.set_runtime_context(Context(version="notebook", run_project="self"))
    with Evaluation.from_context() as results:
        results.log("losses", 1, {"x": 1})
    assert list(Evaluation("notebook", "self").scan("losses")) == [{"id": 1, "x": 1}]
