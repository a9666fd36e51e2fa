"""Points, and what is drawn through them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from starwhale.core.errors import UnsupportedValue
from starwhale.core.types.coordinates import Number, number, widened
from starwhale.core.types.plain import Geometry

if TYPE_CHECKING:
    import numpy as np


class Point(Geometry):
    """A point of the plane.

    Args:
        x: To the right, in pixels or any other unit.
        y: Downwards in pictures.

    Raises:
        UnsupportedValue: a coordinate is no number.
    """

    __slots__ = ("x", "y")
    logical = "point"
    tag = "point"

    def __init__(self, x: float = 0, y: float = 0) -> None:
        self.x: Number = number(x, "x")
        self.y: Number = number(y, "y")

    def to_list(self) -> list[Number]:
        """``[x, y]``."""
        return [self.x, self.y]

    def to_plain(self) -> dict[str, Any]:
        (x, y), whole = widened([number(self.x, "x"), number(self.y, "y")])
        return {"x": x, "y": y, "whole": whole}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Self:
        if plain["whole"]:
            return cls.at(int(plain["x"]), int(plain["y"]))
        return cls.at(plain["x"], plain["y"])

    @classmethod
    def at(cls, x: Number, y: Number) -> Self:
        """A point of which the coordinates are known to be numbers."""
        self = cls.__new__(cls)
        self.x = x
        self.y = y
        return self

    def _attributes(self) -> dict[str, Any]:
        return {"x": self.x, "y": self.y}

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.x == other.x and self.y == other.y

    __hash__ = None  # pyright: ignore[reportAssignmentType] - coordinates may be assigned to

    def __repr__(self) -> str:
        return f"Point({self.x}, {self.y})"


class _Path(Geometry):
    __slots__ = ("points",)

    def __init__(self, points: Iterable[Point | Sequence[float]] | None = None) -> None:
        self.points: list[Point] = [] if points is None else [_point(item) for item in points]

    def to_list(self) -> list[list[Number]]:
        """``[[x, y], …]``."""
        return [point.to_list() for point in self.points]

    def to_numpy(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """The coordinates as an array of float64, shape ``(points, 2)``."""
        return super().to_numpy().reshape(-1, 2)

    def to_plain(self) -> dict[str, Any]:
        flat = [number(item, name) for p in self.points for item, name in ((p.x, "x"), (p.y, "y"))]
        wide, whole = widened(flat)
        return {"points": [wide[at : at + 2] for at in range(0, len(wide), 2)], "whole": whole}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Self:
        self = cls.__new__(cls)
        if plain["whole"]:
            self.points = [Point.at(int(x), int(y)) for x, y in plain["points"]]
        else:
            self.points = [Point.at(x, y) for x, y in plain["points"]]
        return self

    def _attributes(self) -> dict[str, Any]:
        return {"points": self.points}

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.points == other.points

    __hash__ = None  # pyright: ignore[reportAssignmentType] - points may be added

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.to_list()})"


class Line(_Path):
    """A line through points, open at its ends.

    Args:
        points: Points, or pairs of numbers.
    """

    __slots__ = ()
    logical = "line"
    tag = "line"


class Polygon(_Path):
    """The area within points; the last is joined to the first.

    Args:
        points: Points, or pairs of numbers.
    """

    __slots__ = ()
    logical = "polygon"
    tag = "polygon"


def _point(given: Any) -> Point:
    if isinstance(given, Point):
        return given
    try:
        x, y = given
    except (TypeError, ValueError):
        raise UnsupportedValue(f"{given!r} is neither a Point nor a pair of numbers") from None
    return Point(x, y)
