"""Annotations of objects in pictures as the COCO data set has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, cast

from starwhale.core.errors import UnsupportedValue
from starwhale.core.types.boxes import BoundingBox
from starwhale.core.types.coordinates import Number, number, widened
from starwhale.core.types.plain import Plain

Ring = list[Number]


class COCOObjectAnnotation(Plain):
    """One object in one picture.

    Args:
        id: Of the annotation.
        image_id: Of the picture.
        category_id: Of its class.
        area: Of the object, in square pixels.
        bbox: As ``[x, y, width, height]``; a `BoundingBox` becomes that.
        iscrowd: 1 where the annotation covers a crowd and the segmentation is run-length encoded.

    Raises:
        UnsupportedValue: a value that the format does not know.
    """

    __slots__ = ("_segmentation", "area", "bbox", "category_id", "id", "image_id", "iscrowd")
    logical = "coco_annotation"
    tag = "coco_object_annotation"

    def __init__(
        self,
        id: int = 0,  # noqa: A002 - the name in the format
        image_id: int | str = 0,
        category_id: int = 0,
        area: float = 0,
        bbox: BoundingBox | list[float] | None = None,
        iscrowd: int = 0,
    ) -> None:
        self.id = id
        self.image_id = image_id
        self.category_id = category_id
        self.area: Number = area
        self.bbox: Ring | None = None if bbox is None else _ring(bbox, "bbox")
        self.iscrowd = iscrowd
        self._segmentation: list[Any] | dict[str, Any] | None = None
        self.do_validate()

    @property
    def segmentation(self) -> list[Any] | dict[str, Any] | None:
        """The outline: polygons as ``[[x1, y1, x2, y2, …], …]``, or run lengths as ``{size, counts}``."""
        return self._segmentation

    @segmentation.setter
    def segmentation(self, value: list[Any] | dict[str, Any] | None) -> None:
        _check_segmentation(value)
        self._segmentation = value

    def do_validate(self) -> None:
        """Check every attribute.

        Raises:
            UnsupportedValue: one is not what the format knows; it is named.
        """
        for name in ("id", "category_id"):
            _integer(getattr(self, name), name)
        if not isinstance(self.image_id, str):
            _integer(self.image_id, "image_id")
        number(self.area, "area")
        if self.iscrowd not in {0, 1}:
            raise UnsupportedValue(f"iscrowd must be 0 or 1, not {self.iscrowd!r}")
        if self.bbox is not None and len(_ring(self.bbox, "bbox")) != 4:
            raise UnsupportedValue(f"bbox must be [x, y, width, height], not {self.bbox!r}")
        _check_segmentation(self._segmentation)

    def to_plain(self) -> dict[str, Any]:
        self.do_validate()
        whole: list[str] = []
        shape = self._segmentation
        rle: dict[str, Any] = shape if isinstance(shape, dict) else {}
        counts = rle.get("counts")
        runs: Any = None if isinstance(counts, (str, bytes)) else counts
        return {
            "id": int(self.id),
            "image_id": self.image_id if isinstance(self.image_id, str) else int(self.image_id),
            "category_id": int(self.category_id),
            "area": _widened([self.area], "area", whole)[0],
            "bbox": None if self.bbox is None else _widened(self.bbox, "bbox", whole),
            "iscrowd": int(self.iscrowd),
            "polygons": _widened_rings(shape, whole) if isinstance(shape, list) else None,
            "rle_size": [int(item) for item in rle["size"]] if rle else None,
            "rle_counts": None if runs is None else [int(item) for item in runs],
            "rle_text": counts if isinstance(counts, str) else None,
            "rle_bytes": counts if isinstance(counts, bytes) else None,
            "whole": whole,
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Self:
        self = cls.__new__(cls)
        whole = plain["whole"]
        self.id, self.image_id, self.category_id = plain["id"], plain["image_id"], plain["category_id"]
        self.iscrowd = plain["iscrowd"]
        self.area = int(plain["area"]) if "area" in whole else plain["area"]
        bbox = plain["bbox"]
        self.bbox = [int(item) for item in bbox] if "bbox" in whole else bbox
        self._segmentation = _outline(plain, whole)
        return self

    def _attributes(self) -> dict[str, Any]:
        names = ("id", "image_id", "category_id", "bbox", "area", "iscrowd", "segmentation")
        return {name: getattr(self, name) for name in names}

    def __eq__(self, other: object) -> bool:
        return self._attributes() == other._attributes() if type(other) is type(self) else NotImplemented

    __hash__ = None  # pyright: ignore[reportAssignmentType] - attributes may be assigned to

    def __repr__(self) -> str:
        return (
            f"COCOObjectAnnotation(id={self.id}, image_id={self.image_id!r}, category_id={self.category_id},"
            f" area={self.area}, bbox={self.bbox})"
        )


def _integer(value: Any, what: str) -> int:
    plain = number(value, what)
    if not isinstance(plain, int):
        raise UnsupportedValue(f"{what} must be an integer, not {value!r}")
    return plain


def _ring(value: Any, what: str) -> Ring:
    if isinstance(value, BoundingBox):
        return value.to_list()
    try:
        return [number(item, f"a number in {what}") for item in value]
    except TypeError:
        raise UnsupportedValue(f"{what} must be a list of numbers, not {value!r}") from None


def _check_segmentation(value: Any) -> None:
    if value is None:
        return
    if isinstance(value, list):
        for ring in cast("list[Any]", value):
            _ring(ring, "a polygon of the segmentation")
        return
    if not isinstance(value, dict) or not {"size", "counts"} <= value.keys():
        raise UnsupportedValue(
            f"segmentation must be a list of polygons or a dict of size and counts, not {value!r}"
        )
    _ring(value["size"], "the size of the segmentation")
    if not isinstance(value["counts"], (str, bytes)):
        for count in _ring(value["counts"], "the counts of the segmentation"):
            _integer(count, "a count of the segmentation")


def _widened(value: Any, what: str, whole: list[str]) -> list[float]:
    floats, ints = widened(_ring(value, what))
    if ints:
        whole.append(what)
    return floats


def _widened_rings(rings: list[Any], whole: list[str]) -> list[list[float]]:
    wide = [widened(_ring(ring, "segmentation")) for ring in rings]
    if all(ints for _, ints in wide):
        whole.append("polygons")
    return [floats for floats, _ in wide]


def _outline(plain: Mapping[str, Any], whole: list[str]) -> list[Any] | dict[str, Any] | None:
    rings = plain["polygons"]
    if rings is not None:
        return [[int(item) for item in ring] for ring in rings] if "polygons" in whole else rings
    if plain["rle_size"] is None:
        return None
    counts = next(plain[key] for key in ("rle_counts", "rle_text", "rle_bytes") if plain[key] is not None)
    return {"size": plain["rle_size"], "counts": counts}
