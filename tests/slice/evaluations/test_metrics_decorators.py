"""The decorators of metrics against a real store."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from starwhale.api.metrics_binary import binary_classification
from starwhale.api.metrics_detection import detection
from starwhale.api.metrics_multi_label import multi_label_classification
from starwhale.api.metrics_regression import regression
from starwhale.api.metrics_retrieval import retrieval
from starwhale.api.metrics_segmentation import segmentation
from starwhale.api.metrics_text import text_generation
from starwhale.core.errors import UsageError
from starwhale.evaluations.bootstrap import paired_bootstrap
from starwhale.evaluations.results import ResultStore

BOX = {"label": "cat", "bbox": [0, 0, 40, 40]}
# decorator, what evaluate returns, some of the summary, the tables
CASES: list[tuple[Callable[..., Any], Any, dict[str, Any], set[str]]] = [
    (regression(), ([1.0, 2.0], [1.0, 3.0]), {"mae": 0.5, "rows": 2}, {"residuals", "parity"}),
    (
        binary_classification(pos_label="spam"),
        (["ham", "spam"], None, [0.2, 0.9]),
        {"accuracy": 1.0, "roc_auc": 1.0},
        {"labels", "confusion_matrix/binarylabel", "roc_auc/spam", "pr_curve/spam", "calibration"},
    ),
    (
        multi_label_classification(labels=["a", "b"]),
        ([["a"], ["b"]], [["a"], []]),
        {"subset_accuracy": 0.5, "micro avg/recall": 0.5},
        {"labels"},
    ),
    (retrieval(ks=(1, 2)), (["a", "b"], [["a"], ["x", "b"]]), {"mrr": 0.75, "hit@1": 0.5}, {"at_k"}),
    (
        detection(),
        ([[BOX]], [[BOX | {"score": 0.9}]]),
        {"mAP": pytest.approx(1.0), "mAP@50": pytest.approx(1.0)},
        {"labels", "pr_curve/cat"},
    ),
    (
        segmentation(labels=["road", "car"]),
        (iter([np.array([[0, 1]])]), iter([np.array([[0, 0]])])),
        {"pixel_accuracy": 0.5, "mIoU": 0.25},
        {"labels", "confusion_matrix/binarylabel"},
    ),
    (
        text_generation(),
        (["我在北京", "a dog"], ["我在南京", "a dog"]),
        {"exact_match": 0.5, "f1": 0.875, "cer": pytest.approx(1 / 9)},
        set(),
    ),
]


@pytest.mark.parametrize(("decorator", "returned", "summary", "tables"), CASES, ids=lambda case: "")
def test_summary_and_tables_are_logged(
    decorator: Any, returned: Any, summary: dict[str, Any], tables: set[str], task_results: ResultStore
) -> None:
    def evaluate(results: Any) -> Any:
        """As the user wrote it."""
        return returned

    decorated = decorator(evaluate)
    assert (decorated.__name__, decorated.__doc__) == ("evaluate", "As the user wrote it.")
    figures = decorated(None)
    logged = task_results.get_summary()
    assert {name: logged[name] for name in summary} == summary
    assert logged["kind"] == figures["kind"]
    task_results.flush()
    assert set(task_results.tables()) == tables == set(figures["tables"])
    for name in tables:
        rows = {row["id"]: row for row in task_results.scan(name)}
        assert rows == {row["id"]: row for row in figures["tables"][name]}


def test_columns_may_be_returned_by_name(task_results: ResultStore) -> None:
    regression()(lambda: {"y_pred": [2.0], "y_true": [1.0]})()
    assert task_results.get_summary()["mae"] == 1.0
    binary_classification()(lambda: {"y_true": [1], "y_pred": [1]})()
    assert task_results.get_summary()["kind"] == "binary_classification"


def test_scores_of_two_evaluations_are_compared_row_by_row(task_results: ResultStore) -> None:
    wanted = ["the cat", "a dog", "no"]

    def scores(said: list[str]) -> list[tuple[Any, float]]:
        returned = {"references": wanted, "predictions": said, "ids": ["x", "y", "z"]}
        text_generation(metrics=("f1", "wer"), log_scores=True)(lambda: returned)()
        return [(row["id"], row["f1"]) for row in task_results.scan("scores")]

    worse, better = scores(["a bird", "cat", "yes"]), scores(["the cat", "a dog", "yes"])
    found = paired_bootstrap(worse, better)
    assert found.difference == pytest.approx(2 / 3)
    assert found.rows == 3
    assert [key for key, _ in better] == ["x", "y", "z"]


def test_a_row_without_a_score_has_none(task_results: ResultStore) -> None:
    retrieval(log_scores=True)(lambda: (["a", []], [["a"], ["b"]]))()
    rows = list(task_results.scan("scores"))
    assert rows[0]["ndcg"] == 1.0
    assert rows[1:] == [{"id": 1}]


@pytest.mark.parametrize("returned", [None, ([1.0],), ([1.0], [1.0], [1.0]), {"y_true": [1.0]}, 3, {"a": 1}])
def test_a_function_that_returns_something_else_is_told_what_to_return(returned: Any) -> None:
    with pytest.raises(UsageError, match=r"evaluate under regression returns \(y_true, y_pred\)"):
        regression()(lambda: returned)()


def test_what_may_be_left_out_is_told_as_such() -> None:
    with pytest.raises(UsageError, match=r"returns \(y_true, y_pred\[, y_score\]\)"):
        binary_classification()(lambda: 1)()


def test_ids_are_as_many_as_rows(task_results: ResultStore) -> None:
    with pytest.raises(UsageError, match="there are 1 ids for 2 rows"):
        regression(log_scores=True)(lambda: {"y_true": [1.0, 2.0], "y_pred": [1.0, 2.0], "ids": ["a"]})()


def test_a_metric_that_does_not_exist_is_refused_where_it_is_named() -> None:
    with pytest.raises(UsageError, match="no metric 'meteor'"):
        text_generation(metrics=("meteor",))


@pytest.mark.parametrize(
    ("place", "name", "package"),
    [
        ("metrics_regression", "regression", "scikit-learn"),
        ("metrics_binary", "binary_classification", "scikit-learn"),
        ("metrics_multi_label", "multi_label_classification", "scikit-learn"),
        ("metrics_detection", "detection", "pycocotools"),
        ("metrics_text", "text_generation", "sacrebleu and rouge-score and jiwer"),
    ],
)
def test_without_a_library_the_command_that_installs_it_is_told(place: str, name: str, package: str) -> None:
    program = f"""
import sys
for name in ("sklearn", "pycocotools", "sacrebleu", "rouge_score", "jiwer"):
    sys.modules[name] = None
from starwhale.api.{place} import {name}
from starwhale.core.errors import MissingDependency
def evaluate():
    raise AssertionError("found out too late")
try:
    {name}()(evaluate)()
except MissingDependency as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"{name} needs {package} (pip install 'starwhale[metrics]')"


def test_naming_a_decorator_loads_no_library() -> None:
    program = """
import sys
from starwhale.api import metrics_binary, metrics_detection, metrics_multi_label, metrics_regression
from starwhale.api import metrics_retrieval, metrics_segmentation, metrics_text
metrics_text.text_generation()
print(sorted({"numpy", "sklearn", "scipy", "pyarrow", "pydantic"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
