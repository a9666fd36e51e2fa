"""How `predict` is called and what is logged of it."""

from __future__ import annotations

import sys
from functools import wraps
from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.worker.conftest import MNIST, Start, Table

from starwhale import Context, PipelineHandler, evaluation, pass_context
from starwhale.core.errors import InvalidSpec, UnsupportedValue, UserCodeError
from starwhale.core.types.binary import Binary
from starwhale.jobs.plan import DatasetInput
from starwhale.worker.ports import Row

ROWS: list[Row] = [(0, {"label": 3, "img": Binary(b"x")}), (1, {"label": 5, "img": Binary(b"y")})]
seen = SimpleNamespace(args=(), kwargs={}, all=[])


@pytest.fixture(autouse=True)
def nothing_seen() -> None:
    seen.args, seen.kwargs, seen.all = (), {}, []


def note(*args: Any, **kwargs: Any) -> int:
    seen.args, seen.kwargs = args, kwargs
    seen.all.append(args)
    return 1


@evaluation.predict
def data_only(data: Any) -> Any:
    return note(data)


@evaluation.predict
def with_external(data: Any, external: Any = None) -> Any:
    return note(data, external=external)


@evaluation.predict
def second_by_another_name(data: Any, extra: Any) -> Any:
    return note(data, external=extra)


@evaluation.predict
def second_with_default(data: Any, size: int = 3) -> Any:
    return note(data, size=size)


@evaluation.predict
def args_only(*args: Any) -> Any:
    return note(*args)


@evaluation.predict
def kwargs_only(**kwargs: Any) -> Any:
    return note(**kwargs)


@evaluation.predict
def data_and_kwargs(data: Any, **kwargs: Any) -> Any:
    return note(data, **kwargs)


@evaluation.predict
def args_and_kwargs(*args: Any, **kwargs: Any) -> Any:
    return note(*args, **kwargs)


@evaluation.predict
def keyword_only(*, data: Any) -> Any:
    return note(data=data)


@evaluation.predict
def positional_only(data: Any, /) -> Any:
    return note(data)


@evaluation.predict
@pass_context
def with_context(data: Any, ctx: Context) -> Any:
    return note(data, context=ctx)


@pass_context
@evaluation.predict
def with_context_outside(data: Any, ctx: Context) -> Any:
    return note(data, context=ctx)


@evaluation.predict
@pass_context
def all_three(data: Any, external: Any, context: Context) -> Any:
    return note(data, external=external, context=context)


def decorated(function: Any) -> Any:
    @wraps(function)
    def inner(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return inner


@decorated
@evaluation.predict
@decorated
def with_other_decorators(data: Any, external: Any) -> Any:
    return note(data, external=external)


SHAPES = [
    (data_only, 1, set()),
    (with_external, 1, {"external"}),
    (second_by_another_name, 1, {"external"}),
    (second_with_default, 1, {"size"}),
    (args_only, 2, set()),
    (kwargs_only, 0, {"data", "external"}),
    (data_and_kwargs, 1, {"external"}),
    (args_and_kwargs, 1, {"external"}),
    (keyword_only, 0, {"data"}),
    (positional_only, 1, set()),
    (with_context, 1, {"context"}),
    (all_three, 1, {"external", "context"}),
    (with_other_decorators, 1, {"external"}),
]


@pytest.mark.parametrize(
    ("function", "positional", "named"), SHAPES, ids=lambda each: getattr(each, "__name__", "")
)
def test_a_function_gets_what_its_parameters_ask_for(
    start: Start, function: Any, positional: int, named: set[str]
) -> None:
    start(function.__name__).predict(MNIST, [ROWS[:1]])
    assert len(seen.args) == positional
    assert set(seen.kwargs) == named
    data = seen.args[0] if positional else seen.kwargs["data"]
    assert data["label"] == data.label == 3
    external = seen.kwargs.get("external") or (seen.args[1] if positional == 2 else None)
    if external is not None:
        assert set(external) == {"index", "index_with_dataset", "dataset_info", "context", "dataset_uri"}
        assert external["index"] == 0
        assert external["index_with_dataset"] == "self/mnist_#@#_0"
        assert external["dataset_uri"].name == "mnist"
        assert external["context"].index == 1
    if "context" in named:
        assert seen.kwargs["context"].version == "job1"


def test_a_decorator_above_ours_is_not_left_out(start: Start) -> None:
    start("with_context_outside").predict(MNIST, [ROWS[:1]])
    assert seen.kwargs["context"].step.endswith(":with_context_outside")


@evaluation.predict
def takes_nothing() -> Any: ...


@evaluation.predict
async def waits(data: Any) -> Any: ...


@pytest.mark.parametrize(("name", "said"), [("takes_nothing", "takes no data"), ("waits", "is async")])
def test_a_function_that_cannot_be_called_with_a_row_is_told_before_the_first(
    start: Start, name: str, said: str
) -> None:
    with pytest.raises(InvalidSpec, match=said):
        start(name)


@evaluation.predict
def doubled(data: Any) -> Any:
    return data.label * 2


def test_one_row_is_logged_for_each_output(start: Start, table: Table) -> None:
    start(doubled).predict(MNIST, [ROWS[:1], ROWS[1:]])
    assert set(table.rows) == {"self/mnist_#@#_0", "self/mnist_#@#_1"}
    row = table.rows["self/mnist_#@#_1"]
    assert row.pop("duration_seconds") >= 0
    assert row == {"_mode": "pickle", "_index": 1, "output": 10, "input/label": 5, "input/img": Binary(b"y")}


@evaluation.predict
def nothing(data: Any) -> None: ...


@evaluation.predict(auto_log=False)
def unlogged(data: Any) -> int:
    return 1


def test_none_is_not_logged_and_neither_is_anything_without_auto_log(start: Start, table: Table) -> None:
    start(nothing).predict(MNIST, [ROWS])
    start(unlogged).predict(MNIST, [ROWS])
    assert table.rows == {}


@evaluation.predict(log_dataset_features=["label"])
def only_label(data: Any) -> int:
    return 1


@evaluation.predict(log_dataset_features=[])
def no_features(data: Any) -> int:
    return 1


def test_features_that_were_not_chosen_stay_out(start: Start, table: Table) -> None:
    start(only_label).predict(MNIST, [ROWS[:1]])
    assert {name for name in table.rows["self/mnist_#@#_0"] if name.startswith("input/")} == {"input/label"}
    table.rows.clear()
    start(no_features).predict(MNIST, [ROWS[:1]])
    assert not any(name.startswith("input/") for name in table.rows["self/mnist_#@#_0"])


@evaluation.predict(batch_size=2)
def batched(data: Any, external: Any) -> Any:
    note([each.label for each in data], external["index"], external["index_with_dataset"])
    return [each.label if each.label != 5 else None for each in data]


def test_batches_are_cut_to_size_and_logged_row_by_row(start: Start, table: Table) -> None:
    rows: list[Row] = [(number, {"label": number}) for number in range(5)]
    start(batched).predict(MNIST, [rows])
    assert [args[0] for args in seen.all] == [[0, 1], [2, 3], [4]]
    assert seen.all[1][1:] == ([2, 3], ["self/mnist_#@#_2", "self/mnist_#@#_3"])
    assert {row["_index"]: row["output"] for row in table.rows.values()} == {n: n for n in range(5)}


def test_a_none_in_a_batch_is_not_logged(start: Start, table: Table) -> None:
    start(batched).predict(MNIST, [ROWS])
    assert [row["output"] for row in table.rows.values()] == [3]


@evaluation.predict(batch_size=2)
def no_batch(data: Any) -> None: ...


@evaluation.predict(batch_size=2)
def too_short(data: Any) -> Any:
    return [1]


@evaluation.predict(batch_size=2)
def no_list(data: Any) -> Any:
    return {1: 1, 2: 2}


def test_what_a_batch_returns_has_its_length(start: Start, table: Table) -> None:
    start(no_batch).predict(MNIST, [ROWS])
    assert table.rows == {}
    with pytest.raises(UserCodeError, match="got 2 rows and returned 1 outputs"):
        start(too_short).predict(MNIST, [ROWS])
    with pytest.raises(UserCodeError, match="got 2 rows and returned dict"):
        start(no_list).predict(MNIST, [ROWS])


@evaluation.predict
def fails_on_five(data: Any) -> Any:
    return 1 / (data.label - 5)


@evaluation.predict(fail_on_error=False)
def goes_on(data: Any) -> Any:
    if data.label == 7:
        sys.exit("enough")
    return 1 / (data.label - 5)


@evaluation.predict(fail_on_error=False, batch_size=2, auto_log=False)
def goes_on_in_batches(data: Any) -> Any:
    return [1 / (each.label - 5) for each in data]


def test_a_failing_row_ends_the_task_and_is_named_with_the_users_own_line(start: Start) -> None:
    with pytest.raises(UserCodeError) as told:
        start(fails_on_five).predict(MNIST, [ROWS])
    said = str(told.value)
    assert "row 1 of dataset 'self/mnist'" in said
    assert "ZeroDivisionError: division by zero at test_predict.py:" in said
    assert "return 1 / (data.label - 5)" in said
    assert isinstance(told.value.__cause__, ZeroDivisionError)


def test_a_failing_row_is_kept_with_its_error_where_that_is_asked_for(start: Start, table: Table) -> None:
    runner = start(goes_on)
    runner.predict(MNIST, [[*ROWS, (2, {"label": 7}), (3, {"label": 6})]])
    assert runner.failed == 2
    row = table.rows["self/mnist_#@#_1"]
    assert row["_error"] == "ZeroDivisionError: division by zero"
    assert row["_error_at"].startswith("test_predict.py:")
    assert (row["_index"], row["input/label"]) == (1, 5)
    assert "output" not in row
    assert table.rows["self/mnist_#@#_2"]["_error"] == "SystemExit: enough"
    assert table.rows["self/mnist_#@#_3"]["output"] == 1.0


def test_every_row_of_a_failing_batch_is_kept_even_without_auto_log(start: Start, table: Table) -> None:
    runner = start(goes_on_in_batches)
    runner.predict(MNIST, [[*ROWS, (2, {"label": 6})]])
    assert runner.failed == 2
    assert {key for key, row in table.rows.items() if "_error" in row} == {
        "self/mnist_#@#_0",
        "self/mnist_#@#_1",
    }


@evaluation.predict
def interrupted(data: Any) -> Any:
    raise KeyboardInterrupt


def test_an_interruption_is_no_failure_of_a_row(start: Start) -> None:
    with pytest.raises(KeyboardInterrupt):
        start(interrupted).predict(MNIST, [ROWS])


class Opaque:
    def __reduce__(self) -> Any:
        raise TypeError("cannot be carried")


@evaluation.predict(log_mode="plain")
def plain_opaque(data: Any) -> Any:
    return Opaque()


@evaluation.predict
def opaque(data: Any) -> Any:
    return Opaque()


@evaluation.predict(fail_on_error=False)
def opaque_goes_on(data: Any) -> Any:
    return Opaque() if data.label == 5 else "fine"


def test_an_output_that_nothing_can_hold_is_told_with_its_row(start: Start, table: Table) -> None:
    with pytest.raises(UnsupportedValue, match=r"row 0 of dataset 'self/mnist'.*column 'output'"):
        start(plain_opaque).predict(MNIST, [ROWS])
    with pytest.raises(UnsupportedValue, match=r"row 0 of dataset 'self/mnist'.*cannot be pickled"):
        start(opaque).predict(MNIST, [ROWS])
    table.rows.clear()
    runner = start(opaque_goes_on)
    runner.predict(MNIST, [ROWS])
    assert runner.failed == 1
    assert "cannot be pickled" in table.rows["self/mnist_#@#_1"]["_error"]


class Pipeline(PipelineHandler):
    entered = False

    def __init__(self) -> None:
        super().__init__(predict_batch_size=2, ignore_error=True, predict_log_dataset_features=["label"])

    def __exit__(self, *exc: object) -> None:
        note("left")

    def predict(self, data: Any, external: Any) -> Any:
        return [1 / (each.label - 5) for each in data]


def test_a_pipeline_brings_its_own_options(start: Start, table: Table) -> None:
    runner = start("Pipeline.predict")
    assert runner.batch_size == 2
    runner.predict(MNIST, [[(0, {"label": 1, "x": 1}), (1, {"label": 2, "x": 1}), (2, {"label": 5, "x": 1})]])
    assert runner.failed == 1
    assert table.rows["self/mnist_#@#_0"]["output"] == -0.25
    assert "input/x" not in table.rows["self/mnist_#@#_0"]
    runner.close()
    assert seen.args == ("left",)


class Plain:
    def __init__(self) -> None:
        self.base = 40

    @evaluation.predict
    def predict(self, data: Any) -> Any:
        return self.base + data.label


class Unwilling:
    def __init__(self) -> None:
        raise OSError("no weights")

    @evaluation.predict
    def predict(self, data: Any) -> Any: ...


def test_a_method_is_called_on_an_object_of_its_class(start: Start, table: Table) -> None:
    start("Plain.predict").predict(MNIST, [ROWS[:1]])
    assert table.rows["self/mnist_#@#_0"]["output"] == 43


def test_an_object_that_cannot_be_made_leaves_no_context(start: Start) -> None:
    with pytest.raises(OSError, match="no weights"):
        start("Unwilling.predict")
    with pytest.raises(RuntimeError):
        Context.get_runtime_context()


def test_two_versions_of_one_dataset_do_not_share_rows(start: Start, table: Table) -> None:
    other = DatasetInput(
        uri=MNIST.uri.replace("a" * 40, "b" * 40), project="self", name="mnist", version="b" * 40
    )
    runner = start(doubled, datasets=(MNIST, other))
    runner.predict(MNIST, [ROWS[:1]])
    runner.predict(other, [ROWS[:1]])
    assert set(table.rows) == {f"self/mnist/{'a' * 12}_#@#_0", f"self/mnist/{'b' * 12}_#@#_0"}


@evaluation.predict
def logs_by_itself(data: Any) -> None:
    evaluation.log_result(data.label, {"seen": True})


def test_what_a_function_logs_goes_to_the_same_store(start: Start, table: Table) -> None:
    start(logs_by_itself).predict(MNIST, [ROWS])
    assert table.rows == {3: {"seen": True}, 5: {"seen": True}}
