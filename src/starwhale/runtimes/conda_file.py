"""conda.yaml: an environment as conda writes it down."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starwhale.core.specs.document import Document, read_document


@dataclass(frozen=True, slots=True, kw_only=True)
class CondaFile:
    """What a file of ``conda env export`` asks for.

    Attributes:
        channels: The first goes before the others.
        packages: Of conda, such as ``python=3.12``.
        pip: Requirements of pip.
    """

    channels: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    pip: tuple[str, ...] = ()


def read_conda_file(path: Path) -> CondaFile:
    """Read a file of an environment of conda.

    Raises:
        NotFound: there is no such file.
        InvalidSpec: it is no such file; the message names the line.
    """
    document = read_document(path)
    if not isinstance(document.data, dict):
        raise document.error("a file of conda has fields and their values")
    packages: list[str] = []
    pip: list[str] = []
    for index, each in enumerate(_list(document, "dependencies")):
        match each:
            case str():
                packages.append(each)
            case {"pip": list(inner)} if all(isinstance(one, str) for one in inner):
                pip += inner
            case _:
                place = ["dependencies", index]
                raise document.error(f"dependencies[{index}] must be text, or pip and a list of texts", place)
    channels = [each for each in _list(document, "channels") if isinstance(each, str)]
    return CondaFile(channels=tuple(channels), packages=tuple(packages), pip=tuple(pip))


def _list(document: Document, name: str) -> list[Any]:
    value = document.data.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise document.error(f"{name} must be a list", [name])
    return value
