from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.stats
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st

from starwhale.core.errors import UsageError
from starwhale.evaluations.metrics.regression import regression

# its stubs know less than it takes
metrics: Any = sklearn.metrics
stats: Any = scipy.stats

REFERENCES = {
    "mae": metrics.mean_absolute_error,
    "mse": metrics.mean_squared_error,
    "rmse": metrics.root_mean_squared_error,
    "median_absolute_error": metrics.median_absolute_error,
    "max_error": metrics.max_error,
    "mape": metrics.mean_absolute_percentage_error,
    "r2": metrics.r2_score,
    "explained_variance": metrics.explained_variance_score,
    "pearson": lambda truth, answer: stats.pearsonr(truth, answer).statistic,
    "spearman": lambda truth, answer: stats.spearmanr(truth, answer).statistic,
}

numbers = st.floats(-1e6, 1e6, allow_nan=False).map(lambda number: round(number, 3))
pairs = st.lists(st.tuples(numbers, numbers), min_size=1, max_size=40)


@pytest.mark.parametrize("name", REFERENCES)
def test_figures_are_those_of_the_reference_library(name: str) -> None:
    random = np.random.default_rng(7)
    truth = random.normal(5, 3, 500)
    answer = truth + random.normal(0.2, 1, 500)
    found = regression(truth.tolist(), answer.tolist())
    assert found.summary[name] == pytest.approx(REFERENCES[name](truth, answer))
    assert found.summary["rows"] == 500


@settings(deadline=None)
@given(pairs)
def test_any_finite_numbers_have_figures(pairs: list[tuple[float, float]]) -> None:
    truth, answer = [a for a, _ in pairs], [b for _, b in pairs]
    found = regression(truth, answer)
    assert found.summary["mae"] == pytest.approx(metrics.mean_absolute_error(truth, answer))
    assert sum(row["count"] for row in found.tables["residuals"]) == len(pairs)
    assert len(found.tables["parity"]) == len(pairs)
    assert np.allclose(found.scores["absolute_error"], np.abs(np.subtract(truth, answer)))
    assert all(np.isfinite(value) for value in found.summary.values())


def test_what_is_not_defined_is_absent() -> None:
    summary = regression([2.0, 2.0, 0.0], [1.0, 1.0, 1.0]).summary
    assert "mape" not in summary, "a share of zero"
    assert "pearson" not in summary
    assert not {"r2", "explained_variance", "pearson", "spearman"} & set(regression([1.0], [1.0]).summary)
    assert "r2" not in regression([3.0, 3.0], [1.0, 2.0]).summary


def test_several_outputs_are_measured_each_by_itself() -> None:
    truth = np.array([[1.0, 10.0], [2.0, 30.0], [3.0, 20.0]])
    found = regression(truth, truth + np.array([1.0, 5.0]))
    assert [row["mae"] for row in found.tables["outputs"]] == [1.0, 5.0]
    assert found.summary["mae"] == 3.0
    assert found.summary["max_error"] == 5.0
    assert {"residuals/0", "residuals/1", "parity/0", "parity/1"} <= set(found.tables)
    assert found.scores["absolute_error"].tolist() == [3.0, 3.0, 3.0]


def test_numbers_that_overflow_when_squared_lose_only_those_figures() -> None:
    summary = regression([1e200, -1e200], [0.0, 0.0]).summary
    assert "mse" not in summary
    assert summary["mae"] == 1e200


def test_a_picture_of_many_rows_stays_small() -> None:
    truth = np.arange(50_000.0)
    parity = regression(truth, truth + 1).tables["parity"]
    assert len(parity) == 1_000
    assert (parity[0]["y_true"], parity[-1]["y_true"]) == (0.0, 49_999.0)


@pytest.mark.parametrize(
    ("truth", "answer", "said"),
    [
        ([1.0, 2.0], [1.0], "y_true has 2 rows and y_pred has 1"),
        ([], [], "are empty"),
        ([1.0, 2.0], [1.0, float("nan")], "y_pred has no finite number in row 1"),
        ([1.0, None], [1.0, 2.0], "y_true has no finite number in row 1"),
        (["x"], [1.0], "y_true must be numbers"),
        ([[1.0], [2.0, 3.0]], [1.0, 2.0], "y_true must be numbers"),
        ([[1.0], [2.0]], [[1.0, 1.0], [2.0, 1.0]], "the shape"),
        ("12", [1.0, 2.0], "y_true must have a value per row"),
        (3, 3, "y_true must have a value per row"),
        ([[[1.0]]], [[[1.0]]], "1-dimensional or 2-dimensional"),
    ],
)
def test_bad_input_is_told_in_one_sentence(truth: object, answer: object, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        regression(truth, answer)
