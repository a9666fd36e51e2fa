"""Bounding boxes, and the notations in which tools write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from starwhale.core.errors import UnsupportedValue, UsageError
from starwhale.core.types.coordinates import Number, number, widened
from starwhale.core.types.plain import Geometry

_NAMES = ("x", "y", "width", "height")


class BoundingBox(Geometry):
    """A rectangle by its upper left corner and its size.

    Args:
        x: Left edge, in pixels or any other unit.
        y: Upper edge.
        width: Negative where the corners were given the wrong way round.
        height: The same.

    Raises:
        UnsupportedValue: one of them is no number.
    """

    __slots__ = _NAMES
    logical = "bounding_box"
    tag = "bounding_box"

    def __init__(self, x: float = 0, y: float = 0, width: float = 0, height: float = 0) -> None:
        self.x: Number = number(x, "x")
        self.y: Number = number(y, "y")
        self.width: Number = number(width, "width")
        self.height: Number = number(height, "height")

    @property
    def shape(self) -> tuple[int, ...]:
        """Of `to_numpy`."""
        return (4,)

    @classmethod
    def from_xywh(cls, x: float, y: float, width: float, height: float) -> Self:
        """From the upper left corner and the size, as COCO writes it."""
        return cls(x, y, width, height)

    @classmethod
    def from_xyxy(cls, x1: float, y1: float, x2: float, y2: float) -> Self:
        """From the upper left and the lower right corner, as Pascal VOC writes it."""
        return cls(x1, y1, x2 - x1, y2 - y1)

    @classmethod
    def from_ccwh(cls, cx: float, cy: float, width: float, height: float) -> Self:
        """From the centre and the size."""
        return cls(cx - width / 2, cy - height / 2, width, height)

    @classmethod
    def from_darknet(
        cls, ncx: float, ncy: float, nw: float, nh: float, image_width: float, image_height: float
    ) -> Self:
        """From centre and size as shares of the image, as YOLO writes it.

        Args:
            ncx: Centre, 0 to 1 of the image's width.
            ncy: Centre, 0 to 1 of its height.
            nw: Width, 0 to 1 of its width.
            nh: Height, 0 to 1 of its height.
            image_width: In pixels.
            image_height: In pixels.
        """
        return cls.from_ccwh(ncx * image_width, ncy * image_height, nw * image_width, nh * image_height)

    def to_list(self) -> list[Number]:
        """``[x, y, width, height]``."""
        return [self.x, self.y, self.width, self.height]

    def to_xyxy(self) -> list[Number]:
        """``[left, top, right, bottom]``."""
        return [self.x, self.y, self.x + self.width, self.y + self.height]

    def to_ccwh(self) -> list[Number]:
        """``[centre x, centre y, width, height]``."""
        return [self.x + self.width / 2, self.y + self.height / 2, self.width, self.height]

    def to_darknet(self, image_width: float, image_height: float) -> list[Number]:
        """Centre and size as shares of an image.

        Raises:
            UsageError: the image has no width or no height.
        """
        if not image_width or not image_height:
            raise UsageError(f"an image of {image_width} x {image_height} has no shares")
        cx, cy, width, height = self.to_ccwh()
        return [cx / image_width, cy / image_height, width / image_width, height / image_height]

    def to_plain(self) -> dict[str, Any]:
        wide, whole = widened([number(getattr(self, name), name) for name in _NAMES])
        return {"x": wide[0], "y": wide[1], "width": wide[2], "height": wide[3], "whole": whole}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Self:
        self = cls.__new__(cls)
        if plain["whole"]:
            self.x, self.y = int(plain["x"]), int(plain["y"])
            self.width, self.height = int(plain["width"]), int(plain["height"])
        else:
            self.x, self.y = plain["x"], plain["y"]
            self.width, self.height = plain["width"], plain["height"]
        return self

    def _attributes(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _NAMES}

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.to_list() == other.to_list()

    __hash__ = None  # pyright: ignore[reportAssignmentType] - coordinates may be assigned to

    def __repr__(self) -> str:
        return f"BoundingBox(x={self.x}, y={self.y}, width={self.width}, height={self.height})"


class BoundingBox3D(Geometry):
    """A box in space as a picture shows it: its near and its far side.

    Args:
        bbox_a: One side.
        bbox_b: The other.

    Raises:
        UnsupportedValue: one of them is no `BoundingBox`.
    """

    SHAPE: ClassVar[tuple[int, int]] = (2, 4)

    __slots__ = ("bbox_a", "bbox_b")
    logical = "bounding_box3d"
    tag = "bounding_box3D"

    def __init__(self, bbox_a: BoundingBox | None = None, bbox_b: BoundingBox | None = None) -> None:
        self.bbox_a = _box(bbox_a, "bbox_a")
        self.bbox_b = _box(bbox_b, "bbox_b")

    @property
    def shape(self) -> tuple[int, ...]:
        """Of `to_numpy`."""
        return self.SHAPE

    def to_list(self) -> list[list[Number]]:
        """``[[x, y, width, height], [x, y, width, height]]``."""
        return [self.bbox_a.to_list(), self.bbox_b.to_list()]

    def to_plain(self) -> dict[str, Any]:
        a, b = _box(self.bbox_a, "bbox_a"), _box(self.bbox_b, "bbox_b")
        return {"bbox_a": a.to_plain(), "bbox_b": b.to_plain()}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Self:
        self = cls.__new__(cls)
        self.bbox_a = BoundingBox.from_plain(plain["bbox_a"])
        self.bbox_b = BoundingBox.from_plain(plain["bbox_b"])
        return self

    def _attributes(self) -> dict[str, Any]:
        return {"bbox_a": self.bbox_a, "bbox_b": self.bbox_b}

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.to_list() == other.to_list()

    __hash__ = None  # pyright: ignore[reportAssignmentType] - sides may be assigned to

    def __repr__(self) -> str:
        return f"BoundingBox3D({self.bbox_a!r}, {self.bbox_b!r})"


def _box(given: Any, what: str) -> BoundingBox:
    if given is None:
        return BoundingBox()
    if not isinstance(given, BoundingBox):
        raise UnsupportedValue(f"{what} must be a BoundingBox, not {given!r}")
    return given
