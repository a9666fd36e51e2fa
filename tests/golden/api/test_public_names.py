"""What users' code may rely on: the public names with their signatures, compared with a file.

`make golden` writes the file anew; the difference is read in review.
"""

from __future__ import annotations

import enum
import importlib
import inspect
import os
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

import starwhale

HERE = Path(__file__).parent
NAMESPACES = ("evaluation", "model", "track")
DUNDERS = (
    "__call__",
    "__contains__",
    "__delitem__",
    "__enter__",
    "__exit__",
    "__getitem__",
    "__iter__",
    "__len__",
    "__setitem__",
)


def _signature(value: object) -> str:
    try:
        return str(inspect.signature(value))  # pyright: ignore[reportArgumentType]
    except (TypeError, ValueError):
        return "(…)"


def _members(cls: type) -> Iterator[str]:
    for name in sorted(dir(cls)):
        if name.startswith("_") and name not in DUNDERS:
            continue
        value = inspect.getattr_static(cls, name)
        if not _is_ours(cls, name):
            continue
        if isinstance(value, classmethod | staticmethod):
            yield f"    {type(value).__name__} {name}{_signature(getattr(cls, name))}"
        elif isinstance(value, types.FunctionType):
            yield f"    def {name}{_signature(value)}"
        elif name not in DUNDERS:
            yield f"    {name}"


def _is_ours(cls: type, name: str) -> bool:
    """Whether the member comes from a class of ours and not from `dict` or `enum`."""
    home = next((base for base in cls.__mro__ if name in vars(base)), None)
    return home is not None and home.__module__.startswith("starwhale")


def _lines(name: str, value: object) -> Iterator[str]:
    if inspect.isclass(value):
        bases = ", ".join(base.__name__ for base in value.__bases__ if base is not object)
        yield f"class {name}({bases})" if bases else f"class {name}"
        if not issubclass(value, enum.Enum):  # how an enumeration is called differs between Pythons
            yield f"    def __init__{_signature(value)}"
        yield from _members(value)
    elif inspect.ismodule(value):
        yield f"module {name}"
        for each in sorted(getattr(value, "__all__", ())):
            yield from ("    " + line for line in _lines(each, getattr(value, each)))
    elif callable(value):
        yield f"def {name}{_signature(value)}"
    else:
        yield f"{name}: {type(value).__name__}"


def test_public_names_and_signatures_are_those_of_the_golden_file() -> None:
    names = sorted(starwhale.__all__, key=str.lower)
    text = "\n".join(line for name in names for line in _lines(name, getattr(starwhale, name))) + "\n"
    golden = HERE / "starwhale.txt"
    if os.environ.get("STARWHALE_GOLDEN") == "write":
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")


PROMISED = [
    "__version__",
    "argument",
    "model",
    "Job",
    "job",
    "Resource",
    "PipelineHandler",
    "Evaluation",
    "multi_classification",
    "Dataset",
    "dataset",
    "evaluation",
    "handler",
    "pass_context",
    "Context",
    "Link",
    "MIMEType",
    "Binary",
    "NumpyBinary",
    "Text",
    "Line",
    "Point",
    "Polygon",
    "Audio",
    "Video",
    "Image",
    "ClassLabel",
    "BoundingBox",
    "BoundingBox3D",
    "GrayscaleImage",
    "COCOObjectAnnotation",
    "init_logger",
]


@pytest.mark.parametrize("name", PROMISED)
def test_every_name_of_the_old_release_is_there(name: str) -> None:
    assert name in starwhale.__all__
    assert getattr(starwhale, name) is not None


def test_every_public_name_says_what_it_is() -> None:
    silent = [
        name
        for name in starwhale.__all__
        if callable(getattr(starwhale, name)) and not inspect.getdoc(getattr(starwhale, name))
    ]
    assert silent == []


OLD_PATHS = [
    "starwhale.evaluation",
    "starwhale.model",
    "starwhale.base.data_type",
    "starwhale.base.uri.resource",
    "starwhale.base.type",
    "starwhale.utils.debug",
    "starwhale.utils.console",
    "starwhale.consts.env",
]


@pytest.mark.parametrize("path", OLD_PATHS)
def test_old_import_paths_of_user_code_resolve(path: str) -> None:
    assert importlib.import_module(path).__name__
