"""Every data type by the name that schemas store.

The names are part of the format on disk; no Python class path is. A family is imported when a value
of it is first met.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib import import_module
from typing import Any

_PLACES = {
    "image": "image:Image",
    "grayscale_image": "image:GrayscaleImage",
    "audio": "audio:Audio",
    "video": "video:Video",
    "text": "text:Text",
    "binary": "binary:Binary",
    "numpy_binary": "binary:NumpyBinary",
    "link": "link:Link",
    "class_label": "labels:ClassLabel",
    "bounding_box": "boxes:BoundingBox",
    "bounding_box3d": "boxes:BoundingBox3D",
    "point": "points:Point",
    "line": "points:Line",
    "polygon": "points:Polygon",
    "coco_annotation": "coco:COCOObjectAnnotation",
}


class _Types(Mapping[str, Any]):
    def __getitem__(self, name: str) -> Any:
        return _load(name)

    def __iter__(self) -> Iterator[str]:
        return iter(_PLACES)

    def __len__(self) -> int:
        return len(_PLACES)


@cache
def _load(name: str) -> Any:
    module, _, attribute = _PLACES[name].partition(":")
    return getattr(import_module(f"starwhale.core.types.{module}"), attribute)


LOGICAL: Mapping[str, Any] = _Types()
"""The class of each logical name. KeyError for a name that a newer release may know."""


@lru_cache(maxsize=1024)
def logical_name(kind: type) -> str | None:
    """Name under which values of `kind` are stored; that of its base for a class derived from ours.

    Returns:
        None when `kind` is no data type of ours.
    """
    for base in kind.__mro__:
        name = base.__dict__.get("logical")
        if isinstance(name, str) and base.__module__.startswith(f"{__package__}."):
            return name
    return None
