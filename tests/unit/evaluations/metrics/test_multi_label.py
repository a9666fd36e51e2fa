from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from starwhale.core.errors import UsageError
from starwhale.evaluations.metrics.multi_label import multi_label_classification

# its stubs know less than it takes
metrics: Any = sklearn.metrics

LABELS = ["art", "news", "sport", "war"]
sets = st.lists(
    st.tuples(st.sets(st.sampled_from(LABELS)), st.sets(st.sampled_from(LABELS))), min_size=1, max_size=30
)


def matrix(rows: Any) -> Any:
    return np.array([[int(label in row) for label in LABELS] for row in rows])


@settings(max_examples=50, deadline=None)
@given(sets)
def test_figures_are_those_of_the_reference_library(pairs: list[tuple[set[str], set[str]]]) -> None:
    truth, said = [a for a, _ in pairs], [b for _, b in pairs]
    found = multi_label_classification(truth, said, labels=LABELS)
    one, other = matrix(truth), matrix(said)
    summary: Any = found.summary
    assert summary["subset_accuracy"] == pytest.approx(metrics.accuracy_score(one, other))
    assert summary["hamming_loss"] == pytest.approx(metrics.hamming_loss(one, other))
    assert summary["jaccard"] == pytest.approx(
        metrics.jaccard_score(one, other, average="samples", zero_division=0)
    )
    report: Any = metrics.classification_report(
        one, other, target_names=LABELS, output_dict=True, zero_division=0
    )
    for average in ("micro avg", "macro avg", "weighted avg", "samples avg"):
        for figure, value in summary[average].items():
            assert value == pytest.approx(report[average][figure]), (average, figure)
    for row in found.tables["labels"]:
        expected = report[row["id"]]
        assert {name: row[name] for name in expected} == pytest.approx(expected)
    same = multi_label_classification(one, csr_matrix(other), labels=LABELS)
    assert same.summary == found.summary


def test_scores_are_measured_as_the_reference_library_does() -> None:
    random = np.random.default_rng(5)
    truth = random.integers(0, 2, (200, 4))
    score = truth * 0.2 + random.uniform(0, 1, (200, 4))
    found = multi_label_classification(truth, score > 0.6, score, labels=LABELS)
    assert found.summary["roc_auc"] == pytest.approx(metrics.roc_auc_score(truth, score))
    assert found.summary["average_precision"] == pytest.approx(metrics.average_precision_score(truth, score))
    assert found.summary["ranking_precision"] == pytest.approx(
        metrics.label_ranking_average_precision_score(truth, score)
    )
    assert {"roc_auc/art", "pr_curve/war"} <= set(found.tables)
    assert found.tables["labels"][0]["auc"] == pytest.approx(metrics.roc_auc_score(truth[:, 0], score[:, 0]))


def test_labels_are_those_that_occur_where_none_are_given() -> None:
    found = multi_label_classification([{"b"}, ["a", "b"]], [(), {"c"}])
    assert [row["id"] for row in found.tables["labels"]] == ["a", "b", "c"]
    assert found.summary["labels"] == 3
    assert found.scores["f1"].tolist() == [0.0, 0.0]
    assert [row["id"] for row in multi_label_classification(np.eye(2), np.eye(2)).tables["labels"]] == [
        "0",
        "1",
    ]


def test_a_row_without_labels_that_got_none_is_right() -> None:
    found = multi_label_classification([[], ["a"]], [[], ["a"]])
    assert found.scores["f1"].tolist() == [1.0, 1.0]
    assert found.summary["subset_accuracy"] == 1.0


@pytest.mark.parametrize(
    ("given_", "options", "said"),
    [
        (([["a"]], [["a"], ["b"]]), {}, "y_true has 1 rows and y_pred has 2"),
        (([], []), {}, "are empty"),
        (([["a"]], [["x"]]), {"labels": ["a"]}, "row 0 of y_pred has the unknown label 'x'"),
        (([[1, 0, 0]], [[0, 1, 0]]), {}, "row 0 of y_true has a label twice"),
        (([["a"]], ["a"]), {}, "row 0 of y_pred must be a collection"),
        (([["a"]], [3]), {}, "collection of labels"),
        (([[]], [[]]), {}, "no row has a label"),
        ((np.eye(2), np.eye(3)[:2]), {}, "y_true has 2 columns for 3 labels"),
        ((np.eye(2) * 2, np.eye(2)), {}, "other values than 0 and 1"),
        (([["a"]], [["a"]], [[0.5, 0.5]]), {}, "y_score has 2 columns for 1 labels"),
        (([["a"]], [["a"]]), {"labels": ["a", "a"]}, "named twice"),
        (([["a"]], [["a"]], [[0.5], [0.5]]), {}, "y_score has 2"),
    ],
)
def test_bad_input_is_told_in_one_sentence(given_: Any, options: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        multi_label_classification(*given_, **options)
