"""Rows from a directory laid out as Pascal VOC."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from starwhale.core.errors import NotFound, UsageError
from starwhale.datasets.sources.port import BadRow, SourceRow

XML_BYTES = 16 << 20
_IMAGES = (".jpg", ".jpeg", ".png", ".bmp")
_CORNERS = ("xmin", "ymin", "xmax", "ymax")


class VocSource:
    """A row per file of ``Annotations``, keyed by its name: the image and its objects.

    An object has a ``name``, a ``box`` and what else the file says of it. The lists in
    ``ImageSets/Main`` that name the image are its ``splits``.

    Args:
        root: The directory.

    Raises:
        NotFound: it has no ``Annotations``.
    """

    def __init__(self, root: str) -> None:
        self._root = Path(root)
        self.name = root
        if not (self._root / "Annotations").is_dir():
            raise NotFound(f"there is no directory 'Annotations' in {root!r}")
        self._names: set[str] = set()

    def info(self) -> dict[str, Any]:
        """The names of all objects."""
        return {"class_names": sorted(self._names)} if self._names else {}

    def rows(self) -> Iterator[SourceRow | BadRow]:
        """The images, in the order of their names."""
        splits = self._splits()
        found = sorted((self._root / "Annotations").glob("*.xml"))
        if not found:
            raise NotFound(f"there is no annotation in {str(self._root / 'Annotations')!r}")
        for number, path in enumerate(found, start=1):
            try:
                features = self._read(path)
            except (ValueError, OverflowError, UsageError, ET.ParseError, OSError) as error:
                yield BadRow(number, f"{path.name}: {error}", self.name)
                continue
            if splits:
                features["splits"] = splits.get(path.stem, [])
            yield SourceRow(number, features, path.stem, self.name)

    def _read(self, path: Path) -> dict[str, Any]:
        root = ET.fromstring(_harmless(path))  # noqa: S314 - see _harmless
        image = self._image(root, path.stem)
        from starwhale.core.types.image import Image

        features: dict[str, Any] = {"image": Image(image)}
        size = root.find("size")
        if size is not None:
            features |= {name: int(_text(size, name)) for name in ("width", "height", "depth")}
        features["objects"] = [self._object(each) for each in root.iter("object")]
        return features

    def _image(self, root: ET.Element, stem: str) -> Path:
        folder = self._root / "JPEGImages"
        named = root.findtext("filename") or ""
        for name in (named, *(f"{stem}{suffix}" for suffix in _IMAGES)):
            path = folder / name
            if name and path.is_file() and path.resolve().is_relative_to(folder.resolve()):
                return path
        raise ValueError(f"the image {named or stem!r} is not in JPEGImages")

    def _object(self, told: ET.Element) -> dict[str, Any]:
        from starwhale.core.types.boxes import BoundingBox

        name = _text(told, "name")
        self._names.add(name)
        box = told.find("bndbox")
        if box is None:
            raise ValueError(f"an object {name!r} has no `bndbox`")
        left, top, right, bottom = (float(_text(box, corner)) for corner in _CORNERS)
        if right < left or bottom < top:
            raise ValueError(f"the `bndbox` of an object {name!r} is turned inside out")
        made: dict[str, Any] = {"name": name, "box": BoundingBox.from_xyxy(left, top, right, bottom)}
        for field in ("difficult", "truncated", "occluded"):
            made[field] = int(told.findtext(field) or 0)
        made["pose"] = told.findtext("pose") or ""
        return made

    def _splits(self) -> dict[str, list[str]]:
        splits: dict[str, list[str]] = {}
        for path in sorted((self._root / "ImageSets" / "Main").glob("*.txt")):
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                fields = line.split()
                # Lists of one class end in -1 or 1: whether it is in the image.
                if fields and (len(fields) == 1 or fields[1] != "-1"):
                    splits.setdefault(fields[0], []).append(path.stem)
        return splits


def _harmless(path: Path) -> bytes:
    """The bytes of an XML file that can be parsed without surprises.

    Raises:
        ValueError: it is too large, or declares entities, which may unpack into anything.
    """
    if path.stat().st_size > XML_BYTES:
        raise ValueError(f"it has more than {XML_BYTES:,} bytes")
    data = path.read_bytes()
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data or b"\0" in data:
        raise ValueError("it declares a document type or entities, which annotations have no use for")
    return data


def _text(element: ET.Element, name: str) -> str:
    text = (element.findtext(name) or "").strip()
    if not text:
        raise ValueError(f"`{element.tag}` has no `{name}`")
    return text
