"""A laid out picture as PNG, painted by Pillow."""

from __future__ import annotations

import io
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from starwhale.core.errors import MissingDependency
from starwhale.evaluations.figures.scene import PAPER, Box, Dot, Label, Path, Scene

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

# families that know Chinese, where the machine has one
_WIDE_FONTS = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansSC-Regular.otf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "PingFang.ttc",
    "msyh.ttc",
    "DroidSansFallbackFull.ttf",
)
_DASH, _GAP = 5.0, 4.0


def paint(scene: Scene, *, scale: float = 2.0) -> bytes:
    """The picture as the bytes of a PNG file.

    Args:
        scene: What to paint.
        scale: Pixels of the file per pixel of the scene.

    Raises:
        MissingDependency: Pillow is not installed.
    """
    try:
        from PIL import Image, ImageDraw
    except ImportError as exc:
        raise MissingDependency(
            "a PNG needs Pillow", hint="pip install 'starwhale[media]', or take SVG"
        ) from exc
    image = Image.new("RGB", (round(scene.width * scale), round(scene.height * scale)), PAPER)
    draw = ImageDraw.Draw(image)
    for shape in scene.shapes:
        match shape:
            case Box():
                if shape.width > 0:
                    box = (shape.x, shape.y, shape.x + shape.width, shape.y + shape.height)
                    draw.rectangle([number * scale for number in box], fill=shape.fill)
            case Dot():
                draw.circle((shape.x * scale, shape.y * scale), shape.radius * scale, fill=shape.fill)
            case Path():
                _stroke(draw, shape, scale)
            case Label():
                _write(image, draw, shape, scale)
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def _stroke(draw: ImageDraw.ImageDraw, path: Path, scale: float) -> None:
    width = max(1, round(path.width * scale))
    points = [(x * scale, y * scale) for x, y in path.points]
    if not path.dashed:
        draw.line(points, fill=path.stroke, width=width, joint="curve")
        return
    for begin, end in pairwise(points):
        for start, stop in _dashes(begin, end, scale):
            draw.line([start, stop], fill=path.stroke, width=width)


def _dashes(
    begin: tuple[float, float], end: tuple[float, float], scale: float
) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    dx, dy = end[0] - begin[0], end[1] - begin[1]
    length = (dx * dx + dy * dy) ** 0.5
    if not length:
        return []
    period, dash = (_DASH + _GAP) * scale, _DASH * scale
    starts = [i * period for i in range(int(length / period) + 1)]

    def at(way: float) -> tuple[float, float]:
        share = min(way, length) / length
        return begin[0] + dx * share, begin[1] + dy * share

    return [(at(start), at(start + dash)) for start in starts]


def _write(image: Image.Image, draw: ImageDraw.ImageDraw, label: Label, scale: float) -> None:
    text = "".join(char if char.isprintable() else "\ufffd" for char in label.text)
    font = _font(round(label.size * scale), wide=any(ord(char) > 0x2E7F for char in text))
    anchor = {"start": "ls", "middle": "ms", "end": "rs"}[label.anchor]
    x, y = label.x * scale, label.y * scale
    if not label.upright:
        draw.text((x, y), text, fill=label.fill, font=font, anchor=anchor)
        return
    from PIL import Image, ImageDraw

    left, top, right, bottom = draw.textbbox((0, 0), text, font=font, anchor="ls")
    width, height = int(right - left) + 2, int(bottom - top) + 2
    mask = Image.new("L", (width, height), 0)
    ImageDraw.Draw(mask).text((1 - left, 1 - top), text, fill=255, font=font, anchor="ls")
    turned = mask.rotate(90, expand=True)
    # the text runs upwards from the anchor, with its base line at the right
    away = {"start": 1.0, "middle": 0.5, "end": 0.0}[label.anchor]
    image.paste(label.fill, (round(x + top), round(y - away * width)), turned)


@cache
def _font(size: int, *, wide: bool) -> Any:
    from PIL import ImageFont

    for name in _WIDE_FONTS if wide else ():
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)
