"""Small pictures of images, as good as the terminal can show them."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.text import Text

    from starwhale.cli.output import Output

SIDE = 24
PIXELS = 96
_CHUNK = 4096


def draw(out: Output, images: Sequence[tuple[str, Any]], environ: Mapping[str, str]) -> None:
    """Draw images side by side, each under its name; nothing where the terminal or Pillow cannot.

    Args:
        out: Where the command prints.
        images: Names and images of ours.
        environ: Tells which terminal it is.
    """
    console = out.console()
    if out.json or not console.is_terminal or console.color_system is None:
        return
    small = [(name, thumbnail) for name, image in images if (thumbnail := _small(image)) is not None]
    if not small:
        return
    out.blank()
    protocol = _protocol(environ)
    if protocol is None:
        from rich.columns import Columns

        out.draw(Columns([_blocks(name, picture) for name, picture in small], padding=(0, 2)))
        return
    for name, picture in small:
        out.line(name, None)
        console.file.write(protocol(_png(picture)) + "\n")


def _small(image: Any) -> Any:
    """The image in a size for thumbnails; None where it cannot be decoded."""
    try:
        picture = image.to_pil().convert("RGB")
        picture.thumbnail((PIXELS, PIXELS))
    except Exception:  # noqa: BLE001 - whatever is wrong with an image, the summary goes on without it
        return None
    return picture


def _protocol(environ: Mapping[str, str]) -> Any:
    """How this terminal is sent a picture; None where it shows text alone."""
    if environ.get("TMUX"):
        return None
    if environ.get("KITTY_WINDOW_ID") or environ.get("TERM") in ("xterm-kitty", "xterm-ghostty"):
        return _kitty
    return _iterm if environ.get("TERM_PROGRAM") in ("iTerm.app", "WezTerm") else None


def _png(picture: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def _kitty(png: bytes) -> str:
    """Kitty's graphics protocol: a PNG in base64, in chunks."""
    text = base64.b64encode(png).decode()
    chunks = [text[at : at + _CHUNK] for at in range(0, len(text), _CHUNK)]
    parts: list[str] = []
    for place, chunk in enumerate(chunks):
        control = "a=T,f=100," if place == 0 else ""
        parts.append(f"\x1b_G{control}m={int(place < len(chunks) - 1)};{chunk}\x1b\\")
    return "".join(parts)


def _iterm(png: bytes) -> str:
    """iTerm2's inline images."""
    return f"\x1b]1337;File=inline=1;size={len(png)}:{base64.b64encode(png).decode()}\x07"


def _blocks(name: str, picture: Any) -> Text:
    """Two pixels in each character: the upper half its colour, the lower its background."""
    from rich.style import Style
    from rich.text import Text

    from starwhale.cli.plain import visible

    small = picture.copy()
    small.thumbnail((SIDE, SIDE))
    width, height = small.size
    drawn = Text(visible(name)[:SIDE] + "\n")
    for y in range(0, height, 2):
        for x in range(width):
            upper = "#{:02x}{:02x}{:02x}".format(*small.getpixel((x, y)))
            lower = "#{:02x}{:02x}{:02x}".format(*small.getpixel((x, min(y + 1, height - 1))))
            drawn.append("▀", Style(color=upper, bgcolor=lower))
        drawn.append("\n")
    return drawn
