"""Curves as pictures: SVG, and PNG where Pillow is there."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from starwhale.cli.curves import Curve, Frame, frame_of, marked
from starwhale.cli.plain import visible
from starwhale.core.errors import MissingDependency

#: Colours that are told apart by most eyes, dark enough on white and light enough on black.
COLOURS = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#17becf")
WIDTH, HEIGHT = 860, 480
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 40, 50


def _sheet(curves: Sequence[Curve]) -> tuple[Frame, int]:
    """The frame, and the height of the picture with a line of legend for each curve."""
    return frame_of(curves), HEIGHT + 20 * len(curves)


def svg(curves: Sequence[Curve], *, title: str, x_title: str) -> str:
    """Curves as an SVG picture."""
    frame, height = _sheet(curves)
    box_width, box_height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}"',
        f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>',
        _svg_text(WIDTH / 2, 24, title, "middle", size=16),
        _svg_text(WIDTH / 2, HEIGHT - 10, x_title, "middle"),
    ]
    for y, text in marked(frame.low, frame.high, 7):
        at = TOP + frame.place((0, y), 1, box_height)[1]
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}" stroke="#ddd"/>')
        parts.append(_svg_text(LEFT - 8, at + 4, text, "end"))
    for x, text in marked(frame.left, frame.right, 9):
        at = LEFT + frame.place((x, 0), box_width, 1)[0]
        parts.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="#eee"/>')
        parts.append(_svg_text(at, HEIGHT - BOTTOM + 18, text, "middle"))
    for place, curve in enumerate(curves):
        colour = COLOURS[place % len(COLOURS)]
        parts.append(_svg_curve(curve, frame, box_width, box_height, colour))
        at = HEIGHT + 20 * place + 8
        parts.append(
            f'<line x1="{LEFT}" x2="{LEFT + 24}" y1="{at}" y2="{at}" stroke="{colour}" stroke-width="2"/>'
        )
        parts.append(_svg_text(LEFT + 32, at + 4, curve.name, "start"))
    return "\n".join([*parts, "</svg>", ""])


def _svg_text(x: float, y: float, text: str, anchor: str, *, size: int = 12) -> str:
    shown = escape(visible(text))
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{shown}</text>'


def _svg_curve(curve: Curve, frame: Frame, width: float, height: float, colour: str) -> str:
    places = [frame.place(point, width, height) for point in curve.points]
    if len(places) == 1:
        x, y = places[0]
        return f'<circle cx="{LEFT + x:.1f}" cy="{TOP + y:.1f}" r="3" fill="{colour}"/>'
    path = " ".join(f"{LEFT + x:.1f},{TOP + y:.1f}" for x, y in places)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>'


def png(curves: Sequence[Curve], *, title: str, x_title: str) -> bytes:
    """Curves as a PNG picture.

    Raises:
        MissingDependency: Pillow is not installed.
    """
    try:
        from PIL import Image, ImageDraw
    except ImportError as exc:
        hint = "pip install 'starwhale[media]', or write an .svg"
        raise MissingDependency("a PNG needs Pillow", hint=hint) from exc
    import io

    frame, height = _sheet(curves)
    box_width, box_height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    picture = Image.new("RGB", (WIDTH, height), "white")
    pen: Any = ImageDraw.Draw(picture)
    pen.text((WIDTH / 2, 18), _latin(title), fill="black", anchor="mm")
    pen.text((WIDTH / 2, HEIGHT - 12), _latin(x_title), fill="black", anchor="mm")
    for y, text in marked(frame.low, frame.high, 7):
        at = TOP + frame.place((0, y), 1, box_height)[1]
        pen.line([(LEFT, at), (WIDTH - RIGHT, at)], fill="#ddd")
        pen.text((LEFT - 8, at), text, fill="black", anchor="rm")
    for x, text in marked(frame.left, frame.right, 9):
        at = LEFT + frame.place((x, 0), box_width, 1)[0]
        pen.line([(at, TOP), (at, HEIGHT - BOTTOM)], fill="#eee")
        pen.text((at, HEIGHT - BOTTOM + 12), text, fill="black", anchor="mm")
    for place, curve in enumerate(curves):
        colour, at = COLOURS[place % len(COLOURS)], HEIGHT + 20 * place + 8
        spots = [frame.place(point, box_width, box_height) for point in curve.points]
        places = [(LEFT + x, TOP + y) for x, y in spots]
        if len(places) == 1:
            pen.circle(places[0], 3, fill=colour)
        pen.line(places, fill=colour, width=2)
        pen.line([(LEFT, at), (LEFT + 24, at)], fill=colour, width=2)
        pen.text((LEFT + 32, at), _latin(curve.name), fill="black", anchor="lm")
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def _latin(text: str) -> str:
    """What the font that Pillow brings along can show."""
    return visible(text).encode("latin-1", "replace").decode("latin-1")
