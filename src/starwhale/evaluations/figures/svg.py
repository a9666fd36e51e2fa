"""A laid out picture as SVG."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from starwhale.evaluations.figures.scene import PAPER, Box, Dot, Label, Path, Scene, Shape

_FONT = "system-ui, 'Helvetica Neue', 'Noto Sans', 'Noto Sans CJK SC', 'PingFang SC', sans-serif"
# what XML cannot hold, even escaped
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(scene: Scene) -> str:
    """The picture as one SVG document, without scripts, links or fonts from elsewhere."""
    title = _text(scene.title)
    body = "\n".join(line for shape in scene.shapes for line in _drawn(shape))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{scene.width}" height="{scene.height}" '
        f'viewBox="0 0 {scene.width} {scene.height}" role="img" font-family={quoteattr(_FONT)}>\n'
        f"<title>{title}</title>\n"
        f'<rect width="100%" height="100%" fill="{PAPER}"/>\n{body}\n</svg>\n'
    )


def _drawn(shape: Shape) -> Iterator[str]:
    match shape:
        case Box():
            size = f'width="{_n(shape.width)}" height="{_n(shape.height)}"'
            yield f'<rect x="{_n(shape.x)}" y="{_n(shape.y)}" {size} fill="{shape.fill}"/>'
        case Dot():
            place = f'cx="{_n(shape.x)}" cy="{_n(shape.y)}"'
            yield f'<circle {place} r="{_n(shape.radius)}" fill="{shape.fill}" fill-opacity="0.6"/>'
        case Path():
            points = " ".join(f"{_n(x)},{_n(y)}" for x, y in shape.points)
            dashes = ' stroke-dasharray="5 4"' if shape.dashed else ""
            stroke = f'stroke="{shape.stroke}" stroke-width="{_n(shape.width)}"{dashes}'
            yield f'<polyline points="{points}" fill="none" {stroke} stroke-linejoin="round"/>'
        case Label():
            turned = f' transform="rotate(-90 {_n(shape.x)} {_n(shape.y)})"' if shape.upright else ""
            place = f'x="{_n(shape.x)}" y="{_n(shape.y)}" text-anchor="{shape.anchor}"{turned}'
            look = f'font-size="{_n(shape.size)}" fill="{shape.fill}"'
            yield f"<text {place} {look}>{_text(shape.text)}</text>"


def _n(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")


def _text(text: str) -> str:
    return escape(_FORBIDDEN.sub("\ufffd", text))
