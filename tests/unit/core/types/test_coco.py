"""Annotations of COCO."""

from __future__ import annotations

import json
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.errors import UnsupportedValue
from starwhale.core.types.boxes import BoundingBox
from starwhale.core.types.coco import COCOObjectAnnotation

WHOLE = st.integers(-(2**53), 2**53)
NUMBER = WHOLE | st.floats(allow_nan=False)
RINGS = st.lists(st.lists(NUMBER, max_size=4) | st.lists(WHOLE, max_size=4), max_size=3)
COUNTS = st.lists(st.integers(0, 2**40), max_size=4) | st.text(max_size=5) | st.binary(max_size=5)
RLE = st.fixed_dictionaries({"size": st.lists(st.integers(0, 999), min_size=2, max_size=2), "counts": COUNTS})


@st.composite
def coco_objects(draw: st.DrawFn) -> COCOObjectAnnotation:
    annotation = COCOObjectAnnotation(
        draw(WHOLE), draw(WHOLE | st.text(max_size=5)), draw(WHOLE), draw(NUMBER),
        draw(st.none() | st.lists(NUMBER, min_size=4, max_size=4)), draw(st.sampled_from([0, 1])),
    )  # fmt: skip
    annotation.segmentation = draw(st.none() | RINGS | RLE)
    return annotation


@given(annotation=coco_objects())
def test_stored_annotations_come_back_equal(annotation: COCOObjectAnnotation) -> None:
    plain = annotation.to_plain()
    back = COCOObjectAnnotation.from_plain(plain)
    assert back == annotation == pickle.loads(pickle.dumps(annotation))
    assert back.segmentation == annotation.segmentation
    assert back.to_plain() == plain
    assert type(back.area) is type(annotation.area)
    json.loads(annotation.jsonify())


@given(one=coco_objects(), other=coco_objects())
def test_every_annotation_has_the_same_columns(
    one: COCOObjectAnnotation, other: COCOObjectAnnotation
) -> None:
    first, second = one.to_plain(), other.to_plain()
    assert first.keys() == second.keys()
    for key in first.keys() - {"image_id"}:
        kinds = {type(value) for value in (first[key], second[key]) if value is not None}
        assert len(kinds) < 2
    for plain in (first, second):
        numbers = [
            plain["area"],
            *(plain["bbox"] or []),
            *(n for ring in plain["polygons"] or [] for n in ring),
        ]
        assert all(type(number) is float for number in numbers)


def test_whole_boxes_come_back_as_ints() -> None:
    back = COCOObjectAnnotation.from_plain(COCOObjectAnnotation(area=1.5, bbox=[1, 2, 3, 4]).to_plain())
    assert [type(item) for item in back.bbox or []] == [int] * 4
    assert type(back.area) is float


@pytest.mark.parametrize("bbox", [BoundingBox(1, 2, 3, 4), np.array([1, 2, 3, 4]), (1, 2, 3, 4)])
def test_a_box_becomes_a_list(bbox: Any) -> None:
    annotation = COCOObjectAnnotation(bbox=bbox)
    assert annotation.bbox == [1, 2, 3, 4]
    annotation.bbox = bbox
    assert annotation.to_plain()["bbox"] == [1.0, 2.0, 3.0, 4.0]


def test_the_last_segmentation_counts() -> None:
    annotation = COCOObjectAnnotation()
    assert annotation.segmentation is None
    annotation.segmentation = [[1, 2, 3, 4]]
    annotation.segmentation = {"size": [2, 3], "counts": [1, 5]}
    assert annotation.segmentation == {"size": [2, 3], "counts": [1, 5]}
    annotation.segmentation = [[1, 2]]
    assert COCOObjectAnnotation.from_plain(annotation.to_plain()).segmentation == [[1, 2]]


def test_run_lengths_may_come_from_numpy() -> None:
    annotation = COCOObjectAnnotation()
    annotation.segmentation = {"size": np.array([2, 3]), "counts": np.array([1, 5])}
    assert annotation.to_plain()["rle_counts"] == [1, 5]
    assert COCOObjectAnnotation.from_plain(annotation.to_plain()).segmentation == {
        "size": [2, 3],
        "counts": [1, 5],
    }


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("iscrowd", 2, "iscrowd must be 0 or 1"),
        ("bbox", [1, 2, 3], r"bbox must be \[x, y, width, height\]"),
        ("bbox", 5, "bbox must be a list"),
        ("bbox", ["a"] * 4, "number in bbox"),
        ("area", "big", "area must be a number"),
        ("id", 1.5, "id must be an integer"),
        ("image_id", None, "image_id must be"),
        ("category_id", "cat", "category_id must be a number"),
    ],
)
def test_a_bad_value_is_refused_when_given_and_when_stored(name: str, value: Any, sentence: str) -> None:
    with pytest.raises(UnsupportedValue, match=sentence):
        COCOObjectAnnotation(**{name: value})
    annotation = COCOObjectAnnotation()
    setattr(annotation, name, value)
    with pytest.raises(UnsupportedValue, match=sentence):
        annotation.to_plain()


@pytest.mark.parametrize(
    "value", ["x", 3, {"a": 1}, {"size": [1, 2]}, [1, 2], [["a"]], {"size": [1, 2], "counts": [1.5]}]
)
def test_a_bad_segmentation_is_refused_and_the_old_one_stays(value: Any) -> None:
    annotation = COCOObjectAnnotation()
    annotation.segmentation = [[1, 2]]
    with pytest.raises(UnsupportedValue, match="segmentation"):
        annotation.segmentation = value
    assert annotation.segmentation == [[1, 2]]


def test_annotations_differ_when_one_attribute_does() -> None:
    assert COCOObjectAnnotation(1) != COCOObjectAnnotation(2)
    one, other = COCOObjectAnnotation(1), COCOObjectAnnotation(1)
    other.segmentation = []
    assert one != other


def test_the_dict_has_the_keys_of_the_format() -> None:
    annotation = COCOObjectAnnotation(1, "a.jpg", 3, 4.5, [1, 2, 3, 4], 1)
    annotation.segmentation = {"size": [2, 3], "counts": b"04"}
    assert annotation.asdict() == {
        "_type": "coco_object_annotation",
        "id": 1,
        "image_id": "a.jpg",
        "category_id": 3,
        "bbox": [1, 2, 3, 4],
        "area": 4.5,
        "iscrowd": 1,
        "segmentation": {"size": [2, 3], "counts": "04"},
    }
    assert repr(annotation).startswith("COCOObjectAnnotation(id=1, image_id='a.jpg'")
