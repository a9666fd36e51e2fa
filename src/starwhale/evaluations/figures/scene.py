"""A picture as the shapes it is made of, laid out once for every format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Anchor = Literal["start", "middle", "end"]
Point = tuple[float, float]

INK = "#1f2328"
FAINT = "#d0d7de"
PAPER = "#ffffff"
DIM = "#59636e"
# told apart by people who do not see all colours (after Okabe and Ito)
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f6000", "#59636e")


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A filled rectangle."""

    x: float
    y: float
    width: float
    height: float
    fill: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A line through points."""

    points: tuple[Point, ...]
    stroke: str
    width: float = 1.0
    dashed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A filled circle."""

    x: float
    y: float
    radius: float
    fill: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A line of text.

    Attributes:
        x: Of its `anchor`.
        y: Of its base line.
        text: Any text.
        size: Height of the letters in pixels.
        fill: Colour.
        anchor: Which part of the text lies at `x`.
        upright: Turned by a quarter, read from below.
    """

    x: float
    y: float
    text: str
    size: float = 12.0
    fill: str = INK
    anchor: Anchor = "start"
    upright: bool = False


Shape = Box | Path | Dot | Label


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Shapes in the order in which they are painted, on white.

    Attributes:
        width: In pixels.
        height: In pixels; y grows downwards.
        title: What a reader of screens says.
        shapes: First those that lie below.
    """

    width: int
    height: int
    title: str
    shapes: tuple[Shape, ...]


def text_width(text: str, size: float = 12.0) -> float:
    """About how wide a text will be: half its height per letter, all of it for Chinese."""
    from rich.cells import cell_len

    return cell_len(text) * size * 0.56


def fitted(text: str, room: float, size: float = 12.0) -> str:
    """The beginning of a text that fits, with an ellipsis where something is left out."""
    if text_width(text, size) <= room:
        return text
    while text and text_width(text + "…", size) > room:
        text = text[:-1]
    return text + "…"
