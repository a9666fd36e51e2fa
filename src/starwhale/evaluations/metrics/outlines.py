"""Outlines of objects as the run lengths that COCO's code compares.

That code trusts what it is given: run lengths that do not fill their picture make it loop without end or
read beyond its memory. So everything is checked before.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from starwhale.core.errors import UsageError

Size = tuple[int, int]
# the edges of a polygon are walked pixel by pixel
_WIDEST = 100_000


def draw(objects: list[dict[str, Any]]) -> None:
    """Replace the outline of each object by run lengths, and add `area` where it is missing, and `bbox`.

    Outlines of one picture lie on canvases of one size: that of its run lengths, or one that holds all
    polygons.

    Args:
        objects: Each with `image_id` and `segmentation`.

    Raises:
        UsageError: an outline is none, or run lengths of one picture are of different sizes.
    """
    from pycocotools import mask

    sizes = _sizes(objects)
    for each in objects:
        try:
            drawn = _run_lengths(each["segmentation"], sizes[each["image_id"]])
        except Exception as exc:
            raise _no_outline(each["image_id"], exc) from exc
        each["segmentation"] = drawn
        each.setdefault("area", float(mask.area(drawn)))
        each["bbox"] = mask.toBbox(drawn).tolist()


def _sizes(objects: list[dict[str, Any]]) -> dict[int, Size]:
    canvases: dict[int, Size] = {}
    polygons: dict[int, Size] = {}
    for each in objects:
        picture, outline = each["image_id"], each["segmentation"]
        try:
            size = _size(outline) if isinstance(outline, dict) else _extent(outline)
        except (TypeError, ValueError, KeyError, OverflowError) as exc:
            raise _no_outline(picture, exc) from exc
        if not isinstance(outline, dict):
            known = polygons.get(picture, (1, 1))
            polygons[picture] = max(known[0], size[0]), max(known[1], size[1])
        elif canvases.setdefault(picture, size) != size:
            raise UsageError(f"picture {picture} has run lengths of {size} and of {canvases[picture]}")
    return {**polygons, **canvases}


def _no_outline(picture: int, reason: Exception) -> UsageError:
    return UsageError(
        f"picture {picture} has a 'segmentation' that is no outline: {reason}",
        hint="polygons [[x1, y1, x2, y2, x3, y3, …], …] or run lengths {size, counts}",
    )


def _size(outline: dict[str, Any]) -> Size:
    """Height and width of run lengths that fill them."""
    height, width = (int(number) for number in outline["size"])
    counts = outline["counts"]
    runs = _unpacked(counts) if isinstance(counts, (str, bytes)) else [int(count) for count in counts]
    if height < 1 or width < 1 or min(runs, default=0) < 0 or sum(runs) != height * width:
        raise ValueError(f"its run lengths do not fill {height} x {width}")
    return height, width


def _unpacked(counts: str | bytes) -> list[int]:
    """Run lengths from COCO's packed form: five bits a sign, from the third on as differences."""
    runs: list[int] = []
    value = shift = 0
    for sign in counts.encode("ascii") if isinstance(counts, str) else counts:
        bits = sign - 48
        if not 0 <= bits < 64:
            raise ValueError(f"its counts have the sign {chr(sign)!r}")
        value |= (bits & 0x1F) << shift
        shift += 5
        if bits & 0x20:
            continue
        if bits & 0x10:
            value -= 1 << shift
        runs.append(value + runs[-2] if len(runs) > 2 else value)
        value = shift = 0
    if shift:
        raise ValueError("its counts end too early")
    return runs


def _extent(polygons: Any) -> Size:
    """Height and width of the smallest canvas that holds polygons."""
    points = np.concatenate([_points(ring) for ring in polygons])
    if np.abs(points).max() > _WIDEST:
        raise ValueError(f"a point lies {_WIDEST} pixels from the corner, or more")
    width, height = points.max(axis=0)
    return max(1, math.ceil(height) + 1), max(1, math.ceil(width) + 1)


def _points(ring: Any) -> Any:
    numbers = np.asarray(ring, np.float64)
    if numbers.ndim != 1 or len(numbers) < 6 or len(numbers) % 2 or not np.isfinite(numbers).all():
        raise ValueError("a polygon has three points or more, each of two finite numbers")
    return numbers.reshape(-1, 2)


def _run_lengths(outline: Any, size: Size) -> Any:
    from pycocotools import mask

    # its stubs leave out polygons
    encode: Any = mask.frPyObjects
    if isinstance(outline, dict):
        if isinstance(outline["counts"], (str, bytes)):
            return outline
        return encode({"size": list(size), "counts": [int(count) for count in outline["counts"]]}, *size)
    rings = [[float(number) for number in ring] for ring in outline]
    return mask.merge(encode(rings, *size))
