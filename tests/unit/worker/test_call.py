"""How plain handlers and `evaluate` are called."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, Self

import pytest
from tests.unit.worker.conftest import MNIST, Start, Table

from starwhale import Context, PipelineHandler, evaluation, handler, pass_context

seen = SimpleNamespace(value=None)


@pytest.fixture(autouse=True)
def nothing_seen() -> None:
    seen.value = None


@handler()
def plain() -> None:
    seen.value = Context.get_runtime_context()


@handler(extra_args=[1], extra_kwargs={"b": 2})
def with_extras(a: int, b: int, c: int = 3) -> None:
    seen.value = (a, b, c)


@handler(extra_args=[1])
def without_room() -> None:
    seen.value = "called"


@handler()
@pass_context
def with_context(context: Context) -> None:
    seen.value = context


class Steps:
    def __init__(self) -> None:
        self.entered = False

    def __enter__(self) -> Self:
        self.entered = True
        return self

    def __exit__(self, *exc: object) -> None:
        seen.value = "left"

    @handler()
    def step(self) -> None:
        seen.value = self.entered


def test_a_handler_is_called_inside_its_context(start: Start) -> None:
    runner = start(plain, arguments=("--size", "3"))
    runner.call()
    context = seen.value
    assert (context.step, context.index, context.total, context.version) == (
        f"{__name__}:plain",
        1,
        2,
        "job1",
    )
    assert context.dataset_uris == [MNIST.uri]
    assert context.model_name == "digits"
    assert context.arguments == ("--size", "3")
    runner.close()
    with pytest.raises(RuntimeError):
        Context.get_runtime_context()


def test_extra_arguments_go_to_a_function_that_takes_them(start: Start) -> None:
    start(with_extras).call()
    assert seen.value == (1, 2, 3)
    start(without_room).call()
    assert seen.value == "called"


def test_a_handler_may_ask_for_the_context(start: Start) -> None:
    start("with_context").call()
    assert seen.value.version == "job1"


def test_a_method_is_called_on_an_object_that_was_entered_and_is_left(start: Start) -> None:
    runner = start("Steps.step")
    runner.call()
    assert seen.value is True
    runner.close()
    assert seen.value == "left"


@evaluation.predict
def predict(data: Any) -> Any: ...


@evaluation.evaluate(needs=[predict])
def all_rows(results: Iterator[dict[str, Any]]) -> None:
    seen.value = list(results)


@evaluation.evaluate(needs=[predict])
def no_rows() -> None:
    seen.value = "called"


@evaluation.evaluate(needs=[predict], use_predict_auto_log=False)
def unwanted() -> None:
    seen.value = "called"


@evaluation.evaluate(needs=[predict])
@pass_context
def rows_and_context(results: Iterator[dict[str, Any]], context: Context) -> None:
    seen.value = (len(list(results)), context.version)


@evaluation.evaluate(needs=[predict])
def open_ended(**kwargs: Any) -> None:
    seen.value = [len(list(rows)) for rows in kwargs.values()]


@evaluation.evaluate(needs=[predict])
def failures(results: Any) -> None:
    first = results.failed
    good = [row["_index"] for row in results]
    bad = [(row["_index"], row["error"], row["input"]) for row in results.failures()]
    seen.value = (first, good, bad, results.failed)


@evaluation.predict(fail_on_error=False)
def goes_on(data: Any) -> Any: ...


@handler(needs=[goes_on])
def between() -> None: ...


@evaluation.evaluate(needs=[between])
def after_failures(results: Any) -> None:
    next(results)


class Forgiving(PipelineHandler):
    def __init__(self) -> None:
        super().__init__(ignore_error=True, predict_auto_log=False)

    def predict(self, data: Any) -> Any: ...

    def evaluate(self) -> None: ...


class Pipeline(PipelineHandler):
    def predict(self, data: Any) -> Any: ...

    def evaluate(self, results: Any) -> None:
        seen.value = [row["output"] for row in results]


class Silent(PipelineHandler):
    def __init__(self) -> None:
        super().__init__(predict_auto_log=False)

    def predict(self, data: Any) -> Any: ...

    def evaluate(self) -> None:
        seen.value = "called"


@pytest.fixture
def rows(table: Table) -> None:
    done = {"_mode": "pickle", "duration_seconds": 0.1}
    table.log("results", "a", {**done, "_index": 0, "output": 7, "input/label": 1, "input/box/x": 2})
    table.log(
        "results", "b", {**done, "_index": 1, "_error": "E: no", "_error_at": "m.py:1", "input/label": 2}
    )
    table.log("results", "c", {**done, "_index": 2, "output": {"label": 3}, "input/label": 3})


@pytest.mark.usefixtures("rows")
def test_evaluate_sees_the_rows_that_succeeded_in_their_shape(start: Start) -> None:
    start(all_rows).call()
    done = {"_mode": "pickle", "duration_seconds": 0.1}
    assert seen.value == [
        {"id": "a", **done, "_index": 0, "output": 7, "input": {"label": 1, "box/x": 2}},
        {"id": "c", **done, "_index": 2, "output": {"label": 3}, "input": {"label": 3}},
    ]


@pytest.mark.usefixtures("rows")
def test_evaluate_can_see_what_failed(start: Start) -> None:
    start(failures).call()
    assert seen.value == (1, [0, 2], [(1, "E: no", {"label": 2})], 1)


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("step", ["after_failures", "Forgiving.evaluate"])
def test_failed_rows_are_counted_in_the_summary_whatever_evaluate_looks_at(
    start: Start, table: Table, step: str
) -> None:
    start(step).call()
    assert table.summary == {"failed_rows": 1}


@pytest.mark.usefixtures("rows")
def test_where_no_row_may_fail_nothing_is_counted(start: Start, table: Table) -> None:
    start(all_rows).call()
    assert table.summary == {}


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (no_rows, "called"),
        (unwanted, "called"),
        ("rows_and_context", (2, "job1")),
        (open_ended, [2]),
        ("Pipeline.evaluate", [7, {"label": 3}]),
        ("Silent.evaluate", "called"),
    ],
)
def test_evaluate_gets_what_its_parameters_ask_for(start: Start, step: Any, expected: Any) -> None:
    start(step).call()
    assert seen.value == expected


def test_in_plain_mode_the_columns_stay_as_they_are(start: Start, table: Table) -> None:
    table.log("results", "a", {"_mode": "plain", "output": {"label": 3}})
    start(all_rows).call()
    assert seen.value == [{"id": "a", "_mode": "plain", "output/label": 3, "input": {}}]
