"""Objects in pictures, from the forms in which people have them to the one that COCO's code reads."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from starwhale.core.errors import UsageError
from starwhale.core.types.boxes import BoundingBox

BoxFormat = Literal["xywh", "xyxy"]
Object = dict[str, Any]
# of each class all objects, with the number of their picture
Found = dict[Any, list[Object]]
_FIELDS = ("bbox", "segmentation", "iscrowd", "area", "score")


def objects_of(
    pictures: Sequence[Any], name: str, *, iou_type: str, box_format: BoxFormat, scored: bool
) -> Found:
    """Objects by class, as dicts with `image_id`, `area`, `score` and what else COCO's code reads.

    Args:
        pictures: Per picture the objects.
        name: Of the column, for messages.
        iou_type: ``bbox`` or ``segm``.
        box_format: What four numbers mean.
        scored: Whether each has a score.

    Raises:
        UsageError: an object lacks what it needs.
    """
    if iou_type not in {"bbox", "segm"} or box_format not in {"xywh", "xyxy"}:
        raise UsageError(
            f"there is no iou_type {iou_type!r} with box_format {box_format!r}",
            hint="bbox or segm, xywh or xyxy",
        )
    found: Found = {}
    for number, objects in enumerate(pictures):
        if isinstance(objects, (str, bytes, Mapping)) or not isinstance(objects, Iterable):
            raise UsageError(f"picture {number} of {name} must have a list of objects, not {objects!r}")
        for given in objects:
            where = f"an object in picture {number} of {name}"
            label, made = _object(given, where, iou_type=iou_type, box_format=box_format, scored=scored)
            made["image_id"] = number
            found.setdefault(label, []).append(made)
    return found


def _object(
    given: Any, where: str, *, iou_type: str, box_format: BoxFormat, scored: bool
) -> tuple[Any, Object]:
    fields = _fields(given, where)
    made: Object = {"iscrowd": int(bool(fields.get("iscrowd"))), "category_id": 1}
    needed = "bbox" if iou_type == "bbox" else "segmentation"
    if fields.get(needed) is None:
        raise UsageError(f"{where} has no {needed!r}")
    if iou_type == "bbox":
        made["bbox"] = _box(fields["bbox"], where, box_format)
        made["area"] = made["bbox"][2] * made["bbox"][3]
    else:
        made["segmentation"] = fields["segmentation"]
    # of an answer COCO measures the area itself
    if not scored and fields.get("area"):
        made["area"] = float(fields["area"])
    if scored:
        score = fields.get("score")
        if isinstance(score, str) or score is None or not math.isfinite(score):
            raise UsageError(f"{where} has no finite 'score'", hint="average precision needs one per answer")
        made["score"] = float(score)
    label = fields["label"]
    try:
        hash(label)
    except TypeError:
        raise UsageError(f"{where} has a label that is a {type(label).__name__}") from None
    return label, made


def _fields(given: Any, where: str) -> Mapping[str, Any]:
    if isinstance(given, Mapping):
        fields = dict(given)
    elif hasattr(given, "category_id"):
        fields = {name: getattr(given, name, None) for name in (*_FIELDS, "category_id")}
    else:
        raise UsageError(f"{where} must be a dict or a COCOObjectAnnotation, not {given!r}")
    label = fields.get("label", fields.get("category_id"))
    if label is None:
        raise UsageError(f"{where} has neither 'label' nor 'category_id'")
    return {**fields, "label": label.item() if hasattr(label, "item") else label}


def _box(given: Any, where: str, box_format: BoxFormat) -> list[float]:
    known = isinstance(given, BoundingBox)
    try:
        box = [float(number) for number in (given.to_list() if known else given)]
    except (TypeError, ValueError) as exc:
        raise UsageError(f"{where} has a 'bbox' that is no list of numbers: {given!r}") from exc
    if len(box) != 4 or not all(map(math.isfinite, box)):
        raise UsageError(f"{where} has a 'bbox' that is not four finite numbers: {given!r}")
    x, y, width, height = box
    if box_format == "xyxy" and not known:
        width, height = width - x, height - y
    if width < 0 or height < 0:
        raise UsageError(
            f"{where} has a 'bbox' of negative size: {given!r}", hint="is it really " + box_format + "?"
        )
    return [x, y, width, height]
