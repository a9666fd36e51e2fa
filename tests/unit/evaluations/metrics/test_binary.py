from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve

from starwhale.core.errors import UsageError
from starwhale.evaluations.metrics.binary import binary_classification

# its stubs know less than it takes
metrics: Any = sklearn.metrics

REFERENCES = {
    "accuracy": metrics.accuracy_score,
    "precision": metrics.precision_score,
    "recall": metrics.recall_score,
    "f1": metrics.f1_score,
    "specificity": lambda truth, said: metrics.recall_score(truth, said, pos_label=0),
    "balanced_accuracy": metrics.balanced_accuracy_score,
    "matthews_correlation": metrics.matthews_corrcoef,
    "cohen_kappa": metrics.cohen_kappa_score,
}
SCORED = {
    "roc_auc": metrics.roc_auc_score,
    "average_precision": metrics.average_precision_score,
    "brier": metrics.brier_score_loss,
    "log_loss": metrics.log_loss,
}


def rows(count: int = 400) -> tuple[Any, Any]:
    random = np.random.default_rng(3)
    truth = random.integers(0, 2, count)
    return truth, np.clip(truth * 0.3 + random.uniform(0, 0.7, count), 0, 1).round(2)


@pytest.mark.parametrize("name", REFERENCES)
def test_rates_are_those_of_the_reference_library(name: str) -> None:
    truth, score = rows()
    found = binary_classification(truth, None, score).summary
    assert found[name] == pytest.approx(REFERENCES[name](truth, score >= 0.5))


@pytest.mark.parametrize("name", SCORED)
def test_figures_of_scores_are_those_of_the_reference_library(name: str) -> None:
    truth, score = rows()
    assert binary_classification(truth, None, score).summary[name] == pytest.approx(
        SCORED[name](truth, score)
    )


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_any_answers_have_the_figures_of_the_reference_library(pairs: list[tuple[bool, bool]]) -> None:
    truth, said = [a for a, _ in pairs], [b for _, b in pairs]
    found = binary_classification(truth, said)
    assert found.summary["accuracy"] == pytest.approx(metrics.accuracy_score(truth, said))
    assert found.summary["f1"] == pytest.approx(metrics.f1_score(truth, said, zero_division=0))
    if len({*truth, *said}) > 1:
        assert found.summary["matthews_correlation"] == pytest.approx(metrics.matthews_corrcoef(truth, said))
    matrix = metrics.confusion_matrix(truth, said, labels=[False, True])
    drawn = [[row["0"], row["1"]] for row in found.tables["confusion_matrix/binarylabel"]]
    assert drawn == matrix.tolist()
    assert found.scores["correct"].mean() == pytest.approx(found.summary["accuracy"])


def test_the_best_threshold_is_the_best() -> None:
    truth, score = rows()
    summary = binary_classification(truth, None, score).summary
    by_hand = {at: metrics.f1_score(truth, score >= at) for at in np.unique(score)}
    assert summary["best_f1"] == pytest.approx(max(by_hand.values()))
    assert by_hand[summary["best_f1_threshold"]] == pytest.approx(summary["best_f1"])


def test_calibration_is_that_of_the_reference_library() -> None:
    truth, score = rows()
    found = binary_classification(truth, None, score, bins=8)
    shares, means = calibration_curve(truth, score, n_bins=8)
    table = found.tables["calibration"]
    assert [row["positive_share"] for row in table] == pytest.approx(shares.tolist())
    assert [row["mean_score"] for row in table] == pytest.approx(means.tolist())
    assert sum(row["count"] for row in table) == len(truth)
    gaps = [row["count"] * abs(row["mean_score"] - row["positive_share"]) for row in table]
    assert found.summary["calibration_error"] == pytest.approx(sum(gaps) / len(truth))


def test_labels_may_be_texts() -> None:
    found = binary_classification(["ham", "spam", "spam"], ["ham", "ham", "spam"], pos_label="spam")
    assert found.summary["recall"] == 0.5
    assert [row["id"] for row in found.tables["labels"]] == ["ham", "spam"]
    assert found.tables["labels"][0]["recall"] == 1.0
    assert found.tables["labels"][1]["FN-False Negative"] == 1


def test_scores_that_are_no_probabilities_are_ranked_only() -> None:
    found = binary_classification([0, 1, 1], [0, 1, 1], [-3.0, 2.0, 8.0])
    assert found.summary["roc_auc"] == 1.0
    assert not {"brier", "log_loss", "calibration_error"} & set(found.summary)
    assert "calibration" not in found.tables


def test_rows_of_one_label_have_no_roc_curve() -> None:
    found = binary_classification([1, 1], [1, 0], [0.9, 0.2])
    assert "roc_auc" not in found.summary
    assert "balanced_accuracy" not in found.summary
    assert found.summary["average_precision"] == 1.0
    assert "average_precision" not in binary_classification([0, 0], [0, 0], [0.1, 0.2]).summary


def test_a_curve_of_many_rows_keeps_its_shape_in_few_points() -> None:
    random = np.random.default_rng(1)
    truth = random.integers(0, 2, 50_000)
    score = random.normal(truth, 1)
    found = binary_classification(truth, None, score)
    curve = found.tables["roc_auc/1"]
    assert len(curve) <= 1_000
    assert (curve[0]["fpr"], curve[-1]["tpr"]) == (0.0, 1.0)
    area = metrics.auc([row["fpr"] for row in curve], [row["tpr"] for row in curve])
    assert area == pytest.approx(found.summary["roc_auc"], abs=1e-5)
    assert len(found.tables["pr_curve/1"]) <= 1_000


@pytest.mark.parametrize(
    ("given_", "options", "said"),
    [
        (([0, 1], [0]), {}, "y_true has 2 rows and y_pred has 1"),
        (([0, 1], None, [0.5]), {}, "y_score has 1"),
        (([], []), {}, "are empty"),
        (([0, 1],), {}, "y_pred and y_score are both missing"),
        (([0, 1, 2], [0, 1, 1]), {}, "more than two labels: 0, 1, 2"),
        (([0, 1, 1], [0, 1, 3]), {}, "labels that y_true has not: 3"),
        (([0, 1], [0.2, 0.7]), {}, "scores belong into y_score"),
        ((["a", "b"], ["a", "b"]), {"pos_label": "c"}, "pos_label 'c' is none of the labels 'a', 'b'"),
        (([0, 1], None, [0.1, float("inf")]), {}, "y_score has no finite number in row 1"),
        (([[0], [1]], [[0], [1]]), {}, "y_true must have one label per row"),
        (([0, 1], None, [0.1, 0.2]), {"bins": 0}, "at least one bin"),
    ],
)
def test_bad_input_is_told_in_one_sentence(given_: Any, options: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        binary_classification(*given_, **options)
