"""Rows from annotations in the format of COCO."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

from starwhale.core.errors import NotFound, UsageError
from starwhale.datasets.sources.files import expand, name_of, open_text
from starwhale.datasets.sources.port import BadRow, SourceRow

_NUMBER = (int, float)


class CocoSource:
    """A row per image, keyed by its id: the image, its annotations, its captions.

    Boxes and outlines become `COCOObjectAnnotation`; key points are kept as they are. Names of
    categories go into the description of the dataset. Of several files, those that name the same
    image under the same id tell of one row; another image under an id that was there is a bad row.

    Args:
        annotations: Files.
        images: Where the images lie; by default the annotations' directory and those beside it are
            looked through.

    Raises:
        NotFound: a file is not there.
    """

    def __init__(self, annotations: Sequence[str], *, images: str | None = None) -> None:
        self._files = expand(annotations, (".json",))
        self._images = images
        if images is not None and not Path(images).is_dir():
            raise NotFound(f"there is no folder of images {images!r}")
        self._categories: dict[str, Any] = {}
        self.name = ", ".join(map(name_of, self._files))

    def info(self) -> dict[str, Any]:
        """The categories: id to name."""
        return {"categories": self._categories} if self._categories else {}

    def rows(self) -> Iterator[SourceRow | BadRow]:
        """The images, in the order of the file."""
        places: dict[int | str, Any] = {}
        for path in self._files:
            document = _document(path)
            file = name_of(path) if len(self._files) > 1 else ""
            self._categories |= _categories(document)
            of_image, faults = self._annotations(document)
            finder = _Finder(path, self._images)
            known: set[Any] = set()
            images = cast("list[Any]", document["images"])
            for number, image in enumerate(images, start=1):
                key = image.get("id") if isinstance(image, dict) else None
                if not isinstance(key, (int, str)):
                    key = None
                known.add(key)
                row = _row(number, image, of_image.get(key, []), faults.get(key, ""), finder, file)
                yield row if isinstance(row, BadRow) else _alone(row, places)
            stray = [key for key in of_image if key not in known]
            for number, key in enumerate(stray, start=len(images) + 1):
                yield BadRow(number, f"annotations name image_id {key!r}, which is not in `images`", file)

    def _annotations(self, document: dict[str, Any]) -> tuple[dict[Any, list[Any]], dict[Any, str]]:
        of_image: dict[Any, list[Any]] = defaultdict(list)
        faults: dict[Any, str] = {}
        listed: Any = document.get("annotations") or []
        if not isinstance(listed, list):
            raise UsageError(f"`annotations` of {self.name} is no list", hint="give the annotations of COCO")
        for place, told in enumerate(cast("list[Any]", listed), start=1):
            if not isinstance(told, dict):
                raise UsageError(f"annotation {place} of {self.name} is no object")
            annotation = cast("dict[str, Any]", told)
            image = annotation.get("image_id")
            if not isinstance(image, (int, str)):
                raise UsageError(f"annotation {place} of {self.name} has the image_id {image!r}"[:300])
            fault = _fault(annotation)
            if fault:
                faults.setdefault(image, f"annotation {annotation.get('id')!r}: {fault}")
            of_image[image].append(annotation)
        return of_image, faults


def _document(path: str) -> dict[str, Any]:
    with open_text(path) as file:
        try:
            document: Any = json.load(file)
        except (ValueError, RecursionError) as exc:
            raise UsageError(f"{name_of(path)} is no JSON: {exc}") from exc
    if not isinstance(document, dict) or not isinstance(document.get("images"), list):
        raise UsageError(f"{name_of(path)} has no list `images`", hint="give the annotations of COCO")
    return cast("dict[str, Any]", document)


def _categories(document: dict[str, Any]) -> dict[str, Any]:
    """Names of categories by their ids; what is no category has none."""
    listed: Any = document.get("categories")
    each = cast("list[Any]", listed) if isinstance(listed, list) else []
    told = [cast("dict[str, Any]", category) for category in each if isinstance(category, dict)]
    return {str(category.get("id")): category.get("name") for category in told}


def _alone(row: SourceRow, places: dict[int | str, Any]) -> SourceRow | BadRow:
    """The row, unless its id was that of another image before."""
    place = row.features["image"].fp
    first = places.setdefault(cast("int | str", row.key), place)
    if first == place:
        return row
    name = Path(first).name
    return BadRow(row.number, f"`id` {row.key!r} was that of another image before, {name!r}", row.file)


def _fault(annotation: dict[str, Any]) -> str:
    """What is wrong with an annotation; empty where nothing is."""
    box = annotation.get("bbox")
    if box is None:
        return ""
    if not isinstance(box, list) or len(cast("list[Any]", box)) != 4:
        return f"`bbox` is {box!r}, not four numbers"
    numbers = cast("list[Any]", box)
    if not all(isinstance(each, _NUMBER) for each in numbers) or numbers[2] < 0 or numbers[3] < 0:
        return f"`bbox` is {box!r}, not x, y, width and height"
    if not isinstance(annotation.get("category_id"), int):
        return f"`category_id` is {annotation.get('category_id')!r}, not a whole number"
    return ""


def _row(
    number: int, image: Any, annotations: list[Any], fault: str, finder: _Finder, file: str
) -> SourceRow | BadRow:
    if not isinstance(image, dict):
        return BadRow(number, "is no object", file)
    told = cast("dict[str, Any]", image)
    key, name = told.get("id"), told.get("file_name")
    if isinstance(key, bool) or not isinstance(key, (int, str)):
        return BadRow(number, f"`id` is {key!r}, not a number or text", file)
    if not isinstance(name, str) or not name:
        return BadRow(number, f"`file_name` is {name!r}", file)
    if fault:
        return BadRow(number, fault, file)
    place = finder.find(name)
    if place is None:
        return BadRow(number, f"the image {name!r} is not there", file)
    from starwhale.core.types.image import Image

    features: dict[str, Any] = {"file_name": name, "image": Image(place)}
    features |= {field: told[field] for field in ("width", "height") if field in told}
    try:
        features |= _annotated(annotations)
    except (UsageError, TypeError, ValueError, OverflowError) as error:
        return BadRow(number, f"its annotations: {error}", file)
    return SourceRow(number, features, key, file)


def _annotated(annotations: list[dict[str, Any]]) -> dict[str, Any]:
    from starwhale.core.types.boxes import BoundingBox
    from starwhale.core.types.coco import COCOObjectAnnotation

    features: dict[str, Any] = {}
    boxed = [each for each in annotations if "bbox" in each]
    if boxed or not annotations:
        objects: list[Any] = []
        for each in boxed:
            made = COCOObjectAnnotation(
                id=each.get("id", 0),
                image_id=each["image_id"],
                category_id=each["category_id"],
                area=each.get("area", each["bbox"][2] * each["bbox"][3]),
                bbox=BoundingBox(*each["bbox"]),
                iscrowd=each.get("iscrowd", 0),
            )
            made.segmentation = each.get("segmentation")
            objects.append(made)
        features["annotations"] = objects
    captions = [each["caption"] for each in annotations if "caption" in each]
    if captions:
        features["captions"] = captions
    points = [each["keypoints"] for each in annotations if "keypoints" in each]
    if points:
        features["keypoints"] = points
    return features


class _Finder:
    """Where the image of a name lies."""

    def __init__(self, annotations: str, images: str | None) -> None:
        home = Path(annotations).resolve().parent
        split = Path(annotations).stem.rpartition("_")[2]
        of_split = [] if split in {"", ".", ".."} else [home.parent / split, home.parent / "images" / split]
        beside = [home, home / "images", *of_split, home.parent / "images"]
        self._places = [Path(images)] if images is not None else [place for place in beside if place.is_dir()]

    def find(self, name: str) -> Path | None:
        """The image, in the directories that are looked through and nowhere else."""
        for place in self._places:
            path = place / name
            try:
                if path.is_file() and path.resolve().is_relative_to(place.resolve()):
                    return path
            except (OSError, ValueError, RuntimeError):  # a name that no file can have, a loop of links
                continue
        return None
