"""`@multi_classification` against figures that were computed by hand, and against 0.6's table names."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from starwhale import Context, multi_classification
from starwhale.api import context
from starwhale.core.errors import UsageError
from starwhale.evaluations.results import ResultStore
from starwhale.instance.local import LocalInstance

TRUTH = ["cat", "cat", "dog", "owl"]
SAID = ["cat", "dog", "dog", "owl"]
CHANCES = [[0.9, 0.1, 0.0], [0.4, 0.6, 0.0], [0.2, 0.7, 0.1], [0.1, 0.1, 0.8]]
LABELS = ["cat", "dog", "owl"]


@pytest.fixture
def results(instance: LocalInstance) -> Iterator[ResultStore]:
    store = instance.results("self", "metrics")
    context.enter(Context(version="metrics", run_project="self"), store)
    yield store
    context.leave()
    store.close()


def test_everything_is_logged_under_its_older_names(results: ResultStore) -> None:
    figures = multi_classification(all_labels=LABELS)(lambda: (TRUTH, SAID, CHANCES))()
    summary = results.get_summary()
    assert summary["kind"] == figures["kind"] == "multi_classification"
    assert summary["accuracy"] == 0.75
    assert summary["hamming_loss"] == 0.25
    assert summary["cohen_kappa_score"] == pytest.approx(0.6363636)
    assert summary["macro avg/recall"] == pytest.approx((0.5 + 1 + 1) / 3)
    assert summary["weighted avg/precision"] == pytest.approx((2 * 1 + 0.5 + 1) / 4)
    assert summary["weighted avg/support"] == 4
    labels = {row["id"]: row for row in results.scan("labels")}
    assert list(labels) == LABELS
    assert labels["cat"]["recall"] == 0.5
    assert labels["cat"]["f1-score"] == pytest.approx(2 / 3)
    assert labels["dog"]["FP-False Positive"] == 1
    assert labels["dog"]["TP-True Positive"] == 1
    assert labels["dog"]["FN-False Negative"] == 0
    assert labels["dog"]["TN-True Negative"] == 2
    assert labels["owl"]["auc"] == 1.0
    matrix = list(results.scan("confusion_matrix/binarylabel"))
    assert [[row[str(column)] for column in range(3)] for row in matrix] == [
        [0.25, 0.25, 0.0],
        [0.0, 0.25, 0.0],
        [0.0, 0.0, 0.25],
    ]
    curve = list(results.scan("roc_auc/owl"))
    assert (curve[0]["fpr"], curve[0]["tpr"]) == (0.0, 0.0)
    assert (curve[-1]["fpr"], curve[-1]["tpr"]) == (1.0, 1.0)
    assert set(curve[0]) == {"id", "fpr", "tpr", "threshold"}
    tables = {"labels", "confusion_matrix/binarylabel", *(f"roc_auc/{label}" for label in LABELS)}
    results.flush()
    assert set(results.tables()) == tables


def test_what_is_not_wanted_is_left_out(results: ResultStore) -> None:
    figures = multi_classification(
        confusion_matrix_normalize=None,
        show_hamming_loss=False,
        show_cohen_kappa_score=False,
        show_roc_auc=False,
    )(lambda: (TRUTH, SAID))()
    assert "roc_auc" not in figures
    assert not {"hamming_loss", "cohen_kappa_score"} & set(results.get_summary())
    assert figures["confusion_matrix"]["binarylabel"] == [[1, 1, 0], [0, 1, 0], [0, 0, 1]]


def test_a_classifier_that_is_always_wrong_has_accuracy_0_and_not_none(results: ResultStore) -> None:
    multi_classification(show_roc_auc=False)(lambda: ([0, 0], [1, 1]))()
    assert results.get_summary()["accuracy"] == 0.0
    assert [row["id"] for row in results.scan("labels")] == ["0", "1"]


def test_arrays_do_as_well_as_lists(results: ResultStore) -> None:
    import numpy as np

    given = (np.array([0, 1, 1]), np.array([0, 1, 0]), np.array([[0.8, 0.2], [0.3, 0.7], [0.6, 0.4]]))
    figures = multi_classification(all_labels=[0, 1, 2])(lambda: given)()
    assert set(figures["labels"]) == {"0", "1", "2"}
    assert set(figures["roc_auc"]) == {"0", "1"}, "nothing was meant to be 2, so 2 has no curve"


@pytest.mark.parametrize("returned", [(TRUTH, SAID), TRUTH[:1], None, {"a": 1}])
def test_a_function_that_returns_something_else_is_told_what_to_return(returned: Any) -> None:
    with pytest.raises(UsageError, match=r"returns \(y_true, y_pred, y_proba\)"):
        multi_classification()(lambda: returned)()


def test_without_scikit_learn_the_command_that_installs_it_is_told() -> None:
    program = """
import sys
sys.modules["sklearn"] = None
from starwhale import multi_classification
from starwhale.core.errors import MissingDependency
try:
    multi_classification()(lambda: None)()
except MissingDependency as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "pip install 'starwhale[metrics]'" in done.stdout
