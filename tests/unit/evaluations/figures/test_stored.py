from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pytest

from starwhale.evaluations.figures import stored
from starwhale.evaluations.figures.data import Bars, Figure, Matrix, Plot
from starwhale.evaluations.figures.stored import figures_of
from starwhale.evaluations.metrics.binary import binary_classification
from starwhale.evaluations.metrics.detection import detection
from starwhale.evaluations.metrics.multi_label import multi_label_classification
from starwhale.evaluations.metrics.regression import regression
from starwhale.evaluations.metrics.report import Report
from starwhale.evaluations.metrics.retrieval import retrieval
from starwhale.evaluations.metrics.segmentation import segmentation

RANDOM = np.random.default_rng(0)
TRUTH = RANDOM.integers(0, 2, (60, 2))
SCORE = TRUTH * 0.3 + RANDOM.uniform(0, 0.7, (60, 2))
BOX = {"label": "cat", "bbox": [0, 0, 40, 40]}


def of(report: Report) -> list[Figure]:
    return figures_of(report.tables, report.tables.__getitem__)


@pytest.mark.parametrize(
    ("report", "names"),
    [
        (regression([1.0, 2.0, 4.0], [1.0, 3.0, 4.0]), ["residuals", "parity"]),
        (regression(TRUTH, SCORE), ["residuals_0", "residuals_1", "parity_0", "parity_1"]),
        (
            binary_classification(TRUTH[:, 0], None, SCORE[:, 0]),
            ["confusion_matrix", "labels", "roc_auc", "pr_curve", "calibration"],
        ),
        (multi_label_classification(TRUTH, SCORE > 0.5, SCORE), ["labels", "roc_auc", "pr_curve"]),
        (retrieval(["a"], [["b", "a"]]), ["at_k"]),
        (detection([[BOX]], [[BOX | {"score": 1.0}]]), ["labels", "pr_curve"]),
        (segmentation([[[0, 1]]], [[[0, 0]]]), ["confusion_matrix", "labels"]),
    ],
    ids=lambda value: value.kind if isinstance(value, Report) else "",
)
def test_what_each_metric_logs_can_be_drawn(report: Report, names: list[str]) -> None:
    assert [figure.name for figure in of(report)] == names


def test_figures_hold_what_was_measured() -> None:
    matrix, bars, roc, *_ = of(binary_classification(["a", "b", "b"], None, [0.1, 0.4, 0.9], pos_label="b"))
    assert isinstance(matrix, Matrix)
    assert (matrix.labels, matrix.counts) == (("a", "b"), ((1.0, 0.0), (1.0, 1.0)))
    assert isinstance(bars, Bars)
    assert bars.values == (("a", pytest.approx(2 / 3)), ("b", pytest.approx(2 / 3)))
    assert isinstance(roc, Plot)
    assert roc.series[0].name == "b"
    assert (roc.series[0].x[-1], roc.series[0].y[-1]) == (1.0, 1.0)


def test_a_histogram_has_an_edge_more_than_bins() -> None:
    residuals = of(regression(np.arange(50.0), np.arange(50.0) + RANDOM.normal(0, 1, 50), bins=7))[0]
    assert isinstance(residuals, Plot)
    assert (len(residuals.series[0].x), len(residuals.series[0].y)) == (8, 7)
    assert sum(residuals.series[0].y) == 50


def test_tables_of_others_with_the_same_names_are_left_alone() -> None:
    tables: Mapping[str, Iterable[Mapping[str, Any]]] = {
        "labels": [{"id": 1, "text": "mine"}],
        "roc_auc": [{"id": 0, "fpr": "high", "tpr": None}],
        "calibration": [],
        "residuals": [{"id": 0, "low": 1.0}],
        "at_k": [{"id": "x", "hit": 1.0}],
        "results": [{"id": 0}],
    }
    assert figures_of(tables, lambda name: tables[name]) == []


def test_no_more_is_read_than_can_be_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "MOST_ROWS", 100)
    read = 0

    def endless(name: str) -> Iterable[Mapping[str, Any]]:
        nonlocal read
        while True:
            read += 1
            yield {"id": read, "fpr": 0.5, "tpr": 0.5}

    assert len(figures_of([f"roc_auc/{i}" for i in range(1_000)], endless)) == 1
    assert read <= stored.MOST_CURVES * 101
