"""A figure in a format, or in the one that the name of a file asks for."""

from __future__ import annotations

from pathlib import PurePath
from typing import Literal

from starwhale.core.errors import UsageError
from starwhale.evaluations.figures.data import Figure
from starwhale.evaluations.figures.layout import lay

Format = Literal["svg", "png", "txt"]
FORMATS: tuple[Format, ...] = ("svg", "png", "txt")


def draw(figure: Figure, format: Format) -> bytes:  # noqa: A002 - what it is called everywhere
    """The bytes of a file that shows a figure.

    Args:
        figure: What to show.
        format: ``svg``, ``png`` (needs Pillow) or ``txt`` (UTF-8).

    Raises:
        UsageError: there is no such format.
        MissingDependency: Pillow is not installed.
    """
    match format:
        case "svg":
            from starwhale.evaluations.figures.svg import write

            return write(lay(figure)).encode()
        case "png":
            from starwhale.evaluations.figures.png import paint

            return paint(lay(figure))
        case "txt":
            from starwhale.evaluations.figures.terminal import text

            return (text(figure) + "\n").encode()
        case _:
            raise UsageError(f"a figure cannot be drawn as {format!r}", hint=f"take {', '.join(FORMATS)}")


def format_of(path: str | PurePath) -> Format:
    """The format that the name of a file asks for.

    Raises:
        UsageError: none that is known.
    """
    ending = PurePath(path).suffix.lower().removeprefix(".")
    for known in FORMATS:
        if ending == known:
            return known
    raise UsageError(
        f"{PurePath(path).name!r} does not say which picture it is to be",
        hint=f"end it with {', '.join(f'.{known}' for known in FORMATS)}",
    )
