from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy as np
import pycocotools.coco
import pycocotools.cocoeval
import pycocotools.mask
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from starwhale import BoundingBox, COCOObjectAnnotation
from starwhale.core.errors import UsageError
from starwhale.evaluations.metrics.detection import detection
from starwhale.evaluations.metrics.outlines import _unpacked

# its stubs know less than it takes
masks: Any = pycocotools.mask
COCO: Any = pycocotools.coco.COCO
COCOeval: Any = pycocotools.cocoeval.COCOeval

NAMES = (
    "mAP",
    "mAP@50",
    "mAP@75",
    "mAP_small",
    "mAP_medium",
    "mAP_large",
    "mAR@1",
    "mAR@10",
    "mAR@100",
    "mAR_small",
    "mAR_medium",
    "mAR_large",
)
Pictures = list[list[dict[str, Any]]]


def pictures(*, outlines: bool = False) -> tuple[Pictures, Pictures]:
    """Objects of three classes in twenty pictures, and answers near them, beside them and twice."""
    random = np.random.default_rng(11)
    truths: Pictures = []
    answers: Pictures = []
    for _ in range(20):
        truth: list[dict[str, Any]] = []
        said: list[dict[str, Any]] = []
        for _ in range(int(random.integers(0, 6))):
            x, y = random.uniform(0, 200, 2).round(1).tolist()
            w, h = random.uniform(8, 150, 2).round(1).tolist()
            label = int(random.integers(1, 4))
            truth.append(
                shaped([x, y, w, h], outlines) | {"label": label, "iscrowd": int(random.random() < 0.1)}
            )
            for _ in range(int(random.integers(0, 3))):
                moved = (np.array([x, y, w, h]) + random.normal(0, 6, 4)).clip(1).round(1).tolist()
                other = label if random.random() < 0.8 else int(random.integers(1, 4))
                score = float(random.random().__round__(2))
                said.append(shaped(moved, outlines) | {"label": other, "score": score})
        truths.append(truth)
        answers.append(said)
    return truths, answers


def shaped(box: list[float], outlines: bool) -> dict[str, Any]:
    x, y, w, h = box
    if not outlines:
        return {"bbox": box}
    return {"segmentation": [[x, y, x + w, y, x + w / 2, y + h]]}


def by_coco(truths: Pictures, answers: Pictures, iou_type: str) -> list[float]:
    """What the library itself says of everything at once, in the way its own demo calls it."""
    coco: Any = COCO()
    images = [{"id": i, "height": 500, "width": 500} for i in range(len(truths))]
    dataset: dict[str, Any] = {
        "images": images,
        "categories": [{"id": i} for i in range(1, 4)],
        "annotations": [],
        "info": {},
    }
    for i, objects in enumerate(truths):
        for each in objects:
            own: dict[str, Any] = {**each, "id": len(dataset["annotations"]) + 1, "image_id": i}
            own["category_id"] = own.pop("label")
            own["area"] = own["bbox"][2] * own["bbox"][3] if "bbox" in own else area(own["segmentation"])
            dataset["annotations"].append(own)
    coco.dataset = dataset
    said = [
        {**each, "image_id": i, "category_id": each["label"]}
        for i, objects in enumerate(answers)
        for each in objects
    ]
    for each in said:
        if "segmentation" in each:
            each["segmentation"] = masks.merge(masks.frPyObjects(each["segmentation"], 500, 500))
    with contextlib.redirect_stdout(io.StringIO()):
        coco.createIndex()
        run: Any = COCOeval(coco, coco.loadRes(said), iou_type)
        run.evaluate()
        run.accumulate()
        run.summarize()
    return run.stats.tolist()


def area(outline: Any) -> float:
    return float(masks.area(masks.merge(masks.frPyObjects(outline, 500, 500))))


@pytest.mark.parametrize("iou_type", ["bbox", "segm"])
def test_figures_are_those_of_the_reference_library(
    iou_type: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    truths, answers = pictures(outlines=iou_type == "segm")
    found = detection(truths, answers, iou_type=iou_type)
    assert capsys.readouterr().out == "", "the library's own printing"
    expected = by_coco(truths, answers, iou_type)
    for name, value in zip(NAMES, expected, strict=True):
        assert found.summary[name] == pytest.approx(value, abs=1e-9), name
    assert expected[0] > 0.1
    assert found.summary["objects"] == sum(not each["iscrowd"] for picture in truths for each in picture)
    assert [row["id"] for row in found.tables["labels"]] == ["1", "2", "3"]
    curve = found.tables["pr_curve/1"]
    assert len(curve) == 101
    assert np.mean([row["precision"] for row in curve]) == pytest.approx(found.tables["labels"][0]["mAP@50"])


def test_boxes_may_come_in_several_forms() -> None:
    box = [10.0, 20.0, 30.0, 40.0]
    known = COCOObjectAnnotation(category_id=1, bbox=box)
    forms: list[Any] = [box, BoundingBox(*box), np.array(box)]
    for form in forms:
        found = detection([[known]], [[{"category_id": 1, "bbox": form, "score": 0.5}]])
        assert found.summary["mAP"] == pytest.approx(1.0)
    corners = [10, 20, 40, 60]
    found = detection(
        [[{"label": "cat", "bbox": corners}]],
        [[{"label": "cat", "bbox": BoundingBox(*box), "score": 1}]],
        box_format="xyxy",
    )
    assert found.summary["mAP"] == pytest.approx(1.0)


def test_what_was_given_is_left_as_it_was() -> None:
    truths, answers = pictures(outlines=True)
    before = repr((truths, answers))
    detection(truths, answers, iou_type="segm")
    assert repr((truths, answers)) == before


def test_run_lengths_are_read_too() -> None:
    drawn = np.zeros((30, 30), np.uint8, order="F")
    drawn[5:20, 5:20] = 1
    packed: Any = masks.encode(drawn)
    runs = {"size": [30, 30], "counts": [155, 15, *([15, 15] * 14), 310]}
    truth = [[{"label": 1, "segmentation": packed}]]
    for outline in (packed, runs, [[5, 5, 20, 5, 20, 20, 5, 20]]):
        said = [[{"label": 1, "segmentation": outline, "score": 0.9}]]
        assert detection(truth, said, iou_type="segm").summary["mAP"] == pytest.approx(1.0)


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 1), min_size=7, max_size=7), min_size=1, max_size=40))
def test_packed_run_lengths_are_read_as_the_library_packs_them(pixels: list[list[int]]) -> None:
    drawn = np.array(pixels, np.uint8, order="F")
    changes = np.flatnonzero(np.diff(drawn.ravel("F"), prepend=0)).tolist()
    runs = np.diff([0, *changes, drawn.size]).tolist()
    assert _unpacked(masks.encode(drawn)["counts"]) == runs


def test_a_class_that_is_only_answered_does_not_count() -> None:
    box = [0, 0, 40, 40]
    found = detection(
        [[{"label": "cat", "bbox": box}], []],
        [[{"label": "cat", "bbox": box, "score": 1.0}], [{"label": "dog", "bbox": box, "score": 1.0}]],
    )
    assert found.summary["mAP"] == pytest.approx(1.0)
    assert "mAP_small" not in found.summary
    assert {row["id"]: row["found"] for row in found.tables["labels"]} == {"cat": 1, "dog": 1}


ONE = {"label": 1, "bbox": [0, 0, 1, 1]}
RUNS: dict[str, Any] = {"label": 1, "segmentation": {"size": [30, 30], "counts": [155, 15, 700]}}


@pytest.mark.parametrize(
    ("truth", "said", "options", "told"),
    [
        ([[ONE]], [[], []], {}, "y_true has 1 rows and y_pred has 2"),
        ([], [], {}, "are empty"),
        ([[]], [[]], {}, "nothing to be found in any picture"),
        ([[ONE]], [[ONE]], {}, "picture 0 of y_pred has no finite 'score'"),
        ([[{"label": 1}]], [[]], {}, "picture 0 of y_true has no 'bbox'"),
        ([[{"bbox": [0, 0, 1, 1]}]], [[]], {}, "neither 'label' nor 'category_id'"),
        ([[{"label": 1, "bbox": [0, 0, 1]}]], [[]], {}, "not four finite numbers"),
        ([[{"label": 1, "bbox": "abcd"}]], [[]], {}, "no list of numbers"),
        ([[{"label": 1, "bbox": [5, 5, 1, 1]}]], [[]], {"box_format": "xyxy"}, "negative size"),
        ([[{"label": [1], "bbox": [0, 0, 1, 1]}]], [[]], {}, "a label that is a list"),
        ([[ONE]], [[]], {"labels": [2]}, "y_true has an object of the unknown class 1"),
        ([[ONE]], [[]], {"iou_type": "keypoints"}, "no iou_type 'keypoints'"),
        ([ONE], [[]], {}, "picture 0 of y_true must have a list of objects"),
        ([["x"]], [[]], {}, "must be a dict or a COCOObjectAnnotation"),
        ([[{"label": 1, "segmentation": [[1]]}]], [[]], {"iou_type": "segm"}, "is no outline"),
        ([[{"label": 1, "segmentation": {"size": [1, 1]}}]], [[]], {"iou_type": "segm"}, "is no outline"),
        ([[{"label": 1, "segmentation": []}]], [[]], {"iou_type": "segm"}, "is no outline"),
        ([[{"label": 1, "segmentation": [[0, 0, 5, 5]]}]], [[]], {"iou_type": "segm"}, "three points"),
        (
            [[{"label": 1, "segmentation": [[0, 0, 1e9, 0, 0, 5]]}]],
            [[]],
            {"iou_type": "segm"},
            "pixels from the",
        ),
        ([[RUNS]], [[]], {"iou_type": "segm"}, "do not fill 30 x 30"),
        (
            [[RUNS | {"segmentation": {"size": [2, 2], "counts": b"zz"}}]],
            [[]],
            {"iou_type": "segm"},
            "sign 'z'",
        ),
        (
            [[RUNS | {"segmentation": {"size": [2, 2], "counts": "0"}}]],
            [[]],
            {"iou_type": "segm"},
            "do not fill",
        ),
    ],
)
def test_bad_input_is_told_in_one_sentence(truth: Any, said: Any, options: Any, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        detection(truth, said, **options)
