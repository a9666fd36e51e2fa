"""COCO and Pascal VOC as rows, and what is wrong in them told by row and field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from starwhale.core.errors import NotFound, UsageError
from starwhale.core.types.boxes import BoundingBox
from starwhale.datasets.sources.coco import CocoSource
from starwhale.datasets.sources.port import BadRow, SourceRow
from starwhale.datasets.sources.voc import VocSource


def coco(root: Path, **changes: Any) -> str:
    (root / "images").mkdir(exist_ok=True)
    for name in ("a.jpg", "b.jpg"):
        (root / "images" / name).write_bytes(b"jpeg " + name.encode())
    document: dict[str, Any] = {
        "images": [
            {"id": 7, "file_name": "a.jpg", "width": 4, "height": 3},
            {"id": 9, "file_name": "b.jpg"},
        ],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 2, "bbox": [0, 1, 2, 3.5], "area": 7, "iscrowd": 0,
             "segmentation": [[0, 1, 2, 1, 2, 3]]},
            {"id": 2, "image_id": 9, "caption": "a thing"},
            {"id": 3, "image_id": 9, "category_id": 2, "bbox": [0, 0, 1, 1], "keypoints": [1, 2, 2]},
        ],
        "categories": [{"id": 2, "name": "thing"}],
    }  # fmt: skip
    path = root / "instances.json"
    path.write_text(json.dumps({**document, **changes}))
    return str(path)


def test_an_image_is_a_row_with_its_annotations(tmp_path: Path) -> None:
    source = CocoSource([coco(tmp_path)])
    rows = {row.key: row.features for row in source.rows() if isinstance(row, SourceRow)}
    assert rows[7]["image"].to_bytes() == b"jpeg a.jpg"
    (found,) = rows[7]["annotations"]
    assert (found.category_id, found.bbox, found.segmentation) == (
        2,
        [0, 1, 2, 3.5],
        [[0, 1, 2, 1, 2, 3]],
    )
    assert (rows[9]["captions"], rows[9]["keypoints"]) == (["a thing"], [[1, 2, 2]])
    assert source.info() == {"categories": {"2": "thing"}}


@pytest.mark.parametrize(
    ("changes", "number", "said"),
    [
        ({"images": [{"id": 7, "file_name": "gone.jpg"}]}, 1, "the image 'gone.jpg' is not there"),
        ({"images": [{"id": 7, "file_name": "../instances.json"}]}, 1, "is not there"),
        ({"images": [{"id": None, "file_name": "a.jpg"}]}, 1, "`id` is None"),
        ({"images": [{"id": 7}]}, 1, "`file_name` is None"),
        ({"annotations": [{"id": 1, "image_id": 7, "category_id": 1, "bbox": [1, 2, 3]}]}, 1, "`bbox` is"),
        (
            {"annotations": [{"id": 1, "image_id": 7, "category_id": 1, "bbox": [1, 2, -3, 1]}]},
            1,
            "not x, y, width",
        ),
        (
            {"annotations": [{"id": 1, "image_id": 7, "category_id": "x", "bbox": [1, 2, 3, 1]}]},
            1,
            "`category_id`",
        ),
        ({"annotations": [{"id": 1, "image_id": 8}]}, 3, "image_id 8, which is not in `images`"),
    ],
)
def test_what_is_wrong_is_told_by_row_and_field(tmp_path: Path, changes: Any, number: int, said: str) -> None:
    bad = [row for row in CocoSource([coco(tmp_path, **changes)]).rows() if isinstance(row, BadRow)]
    assert any(row.number == number and said in row.reason for row in bad), bad


def test_what_is_no_coco_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[]")
    with pytest.raises(UsageError, match="has no list `images`"):
        list(CocoSource([str(tmp_path / "x.json")]).rows())
    with pytest.raises(NotFound, match="no folder of images"):
        CocoSource([coco(tmp_path)], images=str(tmp_path / "nothing"))


VOC = """<annotation><filename>a.jpg</filename><size><width>4</width><height>3</height><depth>3</depth></size>
<object><name>cat</name><pose>Left</pose><difficult>1</difficult>
<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>5</ymax></bndbox></object></annotation>"""


def voc(root: Path, **files: str) -> str:
    for name in ("Annotations", "JPEGImages", "ImageSets/Main"):
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / "JPEGImages" / "a.jpg").write_bytes(b"jpeg")
    (root / "ImageSets" / "Main" / "train.txt").write_text("a\n")
    (root / "ImageSets" / "Main" / "cat_val.txt").write_text("a -1\n")
    for name, text in {"a": VOC, **files}.items():
        (root / "Annotations" / f"{name}.xml").write_text(text)
    return str(root)


def test_an_annotation_is_a_row_with_its_objects(tmp_path: Path) -> None:
    source = VocSource(voc(tmp_path))
    (row,) = source.rows()
    assert isinstance(row, SourceRow)
    assert (row.key, row.features["width"], row.features["splits"]) == ("a", 4, ["train"])
    (found,) = row.features["objects"]
    assert (found["name"], found["box"], found["difficult"]) == ("cat", BoundingBox(1, 2, 2, 3), 1)
    assert source.info() == {"class_names": ["cat"]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('<!DOCTYPE a [<!ENTITY x "y">]><annotation/>', "declares a document type or entities"),
        ("<annotation><filename>../x.jpg</filename></annotation>", "is not in JPEGImages"),
        ("<annotation>", "no element found"),
        (VOC.replace("<xmin>1</xmin>", ""), "`bndbox` has no `xmin`"),
        (VOC.replace("<xmax>3", "<xmax>0"), "turned inside out"),
        (VOC.replace("<name>cat</name>", ""), "`object` has no `name`"),
    ],
)
def test_a_bad_annotation_is_told_and_the_rest_goes_on(tmp_path: Path, text: str, said: str) -> None:
    good, bad = VocSource(voc(tmp_path, b=text)).rows()
    assert isinstance(good, SourceRow)
    assert isinstance(bad, BadRow)
    assert bad.reason.startswith("b.xml: ")
    assert said in bad.reason
