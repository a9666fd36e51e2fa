from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st

from starwhale.core.errors import UsageError
from starwhale.evaluations.metrics.segmentation import segmentation

# its stubs know less than it takes
metrics: Any = sklearn.metrics

masks = st.lists(st.integers(0, 3), min_size=12, max_size=12).map(lambda flat: np.reshape(flat, (3, 4)))
pictures = st.lists(st.tuples(masks, masks), min_size=1, max_size=4)


def matrix_of(truth: Any, said: Any, size: int) -> list[list[int]]:
    # with one label only the library warns
    return metrics.confusion_matrix(truth, said, labels=range(size + 1))[:size, :size].tolist()


@settings(max_examples=50, deadline=None)
@given(pictures)
def test_figures_are_those_of_the_reference_library(pictures: list[tuple[Any, Any]]) -> None:
    found = segmentation([a for a, _ in pictures], [b for _, b in pictures])
    truth = np.concatenate([a.ravel() for a, _ in pictures])
    said = np.concatenate([b.ravel() for _, b in pictures])
    occurring = np.union1d(truth, said)
    options: Any = {"labels": occurring, "average": None, "zero_division": 0}
    ious = metrics.jaccard_score(truth, said, **options)
    dices = metrics.f1_score(truth, said, **options)
    assert found.summary["mIoU"] == pytest.approx(np.mean(ious))
    assert found.summary["dice"] == pytest.approx(np.mean(dices))
    assert found.summary["pixel_accuracy"] == pytest.approx(metrics.accuracy_score(truth, said))
    recalls = metrics.recall_score(truth, said, labels=np.unique(truth), average=None, zero_division=0)
    assert found.summary["mean_accuracy"] == pytest.approx(np.mean(recalls))
    weighted = metrics.jaccard_score(truth, said, average="weighted", zero_division=0)
    assert found.summary["frequency_weighted_IoU"] == pytest.approx(weighted)
    size = int(max(truth.max(), said.max())) + 1
    drawn = [[row[str(i)] for i in range(size)] for row in found.tables["confusion_matrix/binarylabel"]]
    assert drawn == matrix_of(truth, said, size)
    by_label = {row["id"]: row.get("iou") for row in found.tables["labels"]}
    assert [by_label[str(label)] for label in occurring] == pytest.approx(ious.tolist())
    for (a, b), iou in zip(pictures, found.scores["iou"], strict=True):
        assert iou == pytest.approx(
            metrics.jaccard_score(a.ravel(), b.ravel(), average="macro", zero_division=0)
        )


def test_ignored_pixels_do_not_count() -> None:
    truth, said = np.array([[0, 1, 255]]), np.array([[0, 0, 1]])
    found = segmentation([truth], [said], labels=["road", "car"], ignore_index=255)
    assert found.summary["pixels"] == 2
    assert found.summary["pixel_accuracy"] == 0.5
    assert [row["id"] for row in found.tables["labels"]] == ["road", "car"]


def test_a_picture_without_pixels_that_count_has_no_score() -> None:
    nothing, something = np.full((2, 2), 9), np.zeros((2, 2), int)
    found = segmentation([nothing, something], [something, something], ignore_index=9)
    assert np.isnan(found.scores["iou"][0])
    assert found.scores["iou"][1] == 1.0


def test_masks_are_read_one_after_the_other() -> None:
    open_ = 0

    def stream() -> Iterator[Any]:
        nonlocal open_
        for _ in range(50):
            open_ += 1
            assert open_ <= 1, "two pictures are held at once"
            yield np.zeros((4, 4), np.uint8)
            open_ -= 1

    assert segmentation(stream(), (np.zeros((4, 4), bool) for _ in range(50))).summary["pictures"] == 50


def test_many_classes_have_no_matrix_to_look_at() -> None:
    mask = np.arange(300).reshape(3, 100)
    found = segmentation([mask], [mask])
    assert found.summary["mIoU"] == 1.0
    assert "confusion_matrix/binarylabel" not in found.tables


@pytest.mark.parametrize(
    ("given_", "options", "said"),
    [
        (([[[0]]], []), {}, "one of y_true and y_pred has 0 masks and the other more"),
        (([], []), {}, "are empty"),
        (([np.zeros((2, 2), int)], [np.zeros((2, 3), int)]), {}, r"mask 0 of y_true has the shape \(2, 2\)"),
        (([np.zeros((2, 2))], [np.zeros((2, 2))]), {}, "values of type float64"),
        (([[[0, 255]]], [[[0, 0]]]), {"labels": ["a"]}, "unknown class 255"),
        (([[[0, -1]]], [[[0, 0]]]), {}, "unknown class -1"),
        (([[[9]]], [[[0]]]), {"ignore_index": 9}, "no pixel counts in any picture"),
    ],
)
def test_bad_input_is_told_in_one_sentence(given_: Any, options: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        segmentation(*given_, **options)
