"""Names of the types, their signatures, and what loading them costs."""

from __future__ import annotations

import inspect
import subprocess
import sys
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from starwhale.core.errors import MissingDependency
from starwhale.core.types.image import Image
from starwhale.core.types.mime import MIMEType
from starwhale.core.types.optional import is_a, need
from starwhale.core.types.plain import Plain
from starwhale.core.types.points import Point
from starwhale.core.types.registry import LOGICAL, logical_name

# Facts of release 0.6: parameters in the order in which user code may give them by position.
PARAMETERS = {
    "Image": "fp display_name shape mime_type as_mask mask_uri dtype link",
    "GrayscaleImage": "fp display_name shape as_mask mask_uri dtype link",
    "Audio": "fp display_name shape mime_type dtype link",
    "Video": "fp display_name shape mime_type dtype link",
    "Binary": "fp mime_type dtype link",
    "NumpyBinary": "fp dtype shape link",
    "Text": "content encoding link",
    "Link": "uri offset size data_type use_plain_type kwargs",
    "ClassLabel": "names",
    "BoundingBox": "x y width height",
    "BoundingBox3D": "bbox_a bbox_b",
    "Point": "x y",
    "Line": "points",
    "Polygon": "points",
    "COCOObjectAnnotation": "id image_id category_id area bbox iscrowd",
}
MEDIA = (
    "to_bytes fetch_data to_numpy to_tensor to_pt_tensor to_json carry_raw_data drop_data astype asdict"
    " jsonify fp type mime_type dtype shape display_name encoding link payload meta revive"
)
GEOMETRY = "to_list to_numpy to_bytes to_tensor dtype asdict jsonify to_plain from_plain"
MEMBERS = {
    "Image": f"{MEDIA} to_pil as_mask mask_uri",
    "GrayscaleImage": f"{MEDIA} to_pil as_mask mask_uri",
    "Audio": MEDIA,
    "Video": MEDIA,
    "Binary": MEDIA,
    "NumpyBinary": MEDIA,
    "Text": f"{MEDIA} content to_str DEFAULT_ENCODING",
    "Link": "uri scheme offset size data_type extra_info signed_uri astype asdict jsonify to_bytes",
    "ClassLabel": "names from_num_classes asdict jsonify to_plain from_plain",
    "BoundingBox": f"{GEOMETRY} x y width height shape from_xywh from_xyxy from_ccwh from_darknet to_xyxy"
    " to_ccwh to_darknet",
    "BoundingBox3D": f"{GEOMETRY} bbox_a bbox_b shape SHAPE",
    "Point": f"{GEOMETRY} x y",
    "Line": f"{GEOMETRY} points",
    "Polygon": f"{GEOMETRY} points",
    "COCOObjectAnnotation": "id image_id category_id area bbox iscrowd segmentation do_validate asdict",
}


@pytest.mark.parametrize("kind", LOGICAL.values(), ids=lambda kind: kind.__name__)
def test_parameters_and_members_are_those_of_old(kind: type) -> None:
    assert list(inspect.signature(kind).parameters) == PARAMETERS[kind.__name__].split()
    value: Any = kind()
    for member in MEMBERS[kind.__name__].split():
        assert hasattr(value, member), member


def test_the_table_is_complete() -> None:
    assert {kind.__name__ for kind in LOGICAL.values()} == PARAMETERS.keys()


def test_every_name_leads_to_the_class_that_bears_it() -> None:
    assert sorted(LOGICAL) == [
        "audio", "binary", "bounding_box", "bounding_box3d", "class_label", "coco_annotation",
        "grayscale_image", "image", "line", "link", "numpy_binary", "point", "polygon", "text", "video",
    ]  # fmt: skip
    for name, kind in LOGICAL.items():
        assert kind.logical == name
        assert logical_name(kind) == name
        assert issubclass(kind, Plain) is hasattr(kind, "to_plain")
        assert issubclass(kind, Plain) is not hasattr(kind, "payload")


def test_a_name_of_a_later_release_is_absent() -> None:
    assert LOGICAL.get("hologram") is None
    with pytest.raises(KeyError):
        LOGICAL["hologram"]


class Mine(Image):
    """A user's class over one of ours."""


class Foreign:
    """A user's class that has the same attribute by chance."""

    logical = "image"


def test_only_our_classes_and_those_derived_from_them_have_a_name() -> None:
    assert logical_name(Mine) == "image"
    for kind in (Foreign, int, dict, MIMEType, Enum, Plain):
        assert logical_name(kind) is None


def test_values_take_no_attributes_by_mistake() -> None:
    for kind in LOGICAL.values():
        with pytest.raises(AttributeError):
            kind().nonsense = 1
        assert not hasattr(kind(), "__dict__")


def test_types_load_without_numpy_or_pillow() -> None:
    program = (
        "import sys\n"
        "from starwhale.core.types.registry import LOGICAL\n"
        "kinds = list(LOGICAL.values())\n"
        "values = [kind() for kind in kinds]\n"
        "[value.meta() for value in values if hasattr(value, 'meta')]\n"
        "LOGICAL['grayscale_image'](b'x', shape=(1, 1)).to_bytes()\n"
        "heavy = ('numpy', 'PIL', 'soundfile', 'torch', 'pydantic', 'pyarrow')\n"
        "print([module for module in heavy if module in sys.modules])\n"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("suffixes", "mime"),
    [
        ("png PNG", MIMEType.PNG), ("jpg jpeg jfif pjpeg pjp", MIMEType.JPEG), ("webp", MIMEType.WEBP),
        ("svg", MIMEType.SVG), ("gif", MIMEType.GIF), ("apng", MIMEType.APNG), ("avif", MIMEType.AVIF),
        ("ppm", MIMEType.PPM), ("mp4", MIMEType.MP4), ("avi", MIMEType.AVI), ("webm", MIMEType.WEBM),
        ("wav", MIMEType.WAV), ("mp3", MIMEType.MP3), ("txt", MIMEType.PLAIN), ("csv", MIMEType.CSV),
        ("html htm", MIMEType.HTML), ("md flac bin png.gz", MIMEType.UNDEFINED),
    ],
)  # fmt: skip
def test_suffixes_tell_the_mime_type(suffixes: str, mime: MIMEType) -> None:
    for suffix in suffixes.split():
        assert MIMEType.create_by_file_suffix(f"dir.d/a.{suffix}") is mime
        assert MIMEType.create_by_file_suffix(Path(f"a.{suffix}")) is mime


@pytest.mark.parametrize("name", ["", "png", "a", ".png"])
def test_a_name_without_suffix_tells_nothing(name: str) -> None:
    assert MIMEType.create_by_file_suffix(name) is MIMEType.UNDEFINED


def test_mime_types_are_those_of_old() -> None:
    assert " ".join(kind.name for kind in MIMEType) == (
        "PNG JPEG WEBP SVG GIF APNG AVIF PPM MP4 AVI WEBM WAV MP3 PLAIN CSV HTML GRAYSCALE UNDEFINED"
    )
    assert MIMEType("image/png") is MIMEType.PNG


def test_a_missing_package_is_named_with_the_command_that_installs_it() -> None:
    with pytest.raises(MissingDependency, match=r"no_such_package.*pip install something"):
        need("no_such_package.inner", "something")


def test_a_package_that_is_broken_is_not_called_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sw_broken_package.py").write_text("import sw_what_it_needs")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="sw_what_it_needs"):
        need("sw_broken_package", "sw_broken_package")


def test_classes_of_packages_are_recognised_only_where_loaded() -> None:
    assert is_a(Point(), "starwhale.core.types.points", "Point")
    assert not is_a(Point(), "a.module.never.loaded", "Point")
