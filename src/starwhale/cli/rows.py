"""Rows of a dataset or of a result table in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starwhale.cli import units
from starwhale.cli.plain import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starwhale.cli.output import Output

LONGEST = 60
LARGEST_PICTURE = 32

Row = tuple[int | str, "Mapping[str, Any]"]


def show(out: Output, rows: Sequence[Row], *, show_types: bool) -> None:
    """Print rows as a table where that fits, else one under the other; small images as pictures."""
    from starwhale.cli.output import Column

    if out.json:
        out.document([_document(key, row, show_types=show_types) for key, row in rows])
        return
    names = list(dict.fromkeys(name for _, row in rows for name in row))
    cells = [{"": str(key), **{n: cell(row.get(n), typed=show_types) for n in row}} for key, row in rows]
    columns = [Column(key="", title="KEY"), *(Column(key=name, title=name) for name in names)]
    console = out.console()
    if not out.fits(cells, columns, console.width):
        for row in cells:
            out.record([(name or "key", text) for name, text in row.items()], row)
            out.blank()
    else:
        out.table(cells, columns, empty="no rows")
    if console.is_terminal:
        _draw_pictures(out, rows)


def cell(value: Any, *, typed: bool = False) -> str:
    """A value in a few characters."""
    text = _short(value)
    return f"{text} ({type_name(value)})" if typed else text


def _short(value: Any) -> str:
    match value:
        case None:
            return "null"
        case str():
            text = value
        case bool() | int():
            text = str(value)
        case float():
            text = units.number(value)
        case bytes():
            text = f"{units.size(len(value))} of bytes"
        case _ if type_name(value) in {"ndarray", "memmap"} or hasattr(value, "item"):
            text = f"{value.dtype}{list(value.shape)}" if value.shape else str(value)
        case _:
            text = repr(value)
    text = visible(text).replace("\n", "⏎")
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def type_name(value: Any) -> str:
    """What a value is, in the words of schemas."""
    from starwhale.core.types.registry import logical_name

    return logical_name(type(value)) or type(value).__name__


def _document(key: int | str, row: Mapping[str, Any], *, show_types: bool) -> dict[str, Any]:
    document: dict[str, Any] = {"index": key, "features": row}
    if show_types:
        document["types"] = {name: type_name(value) for name, value in row.items()}
    return document


def _draw_pictures(out: Output, rows: Sequence[Row]) -> None:
    from rich.columns import Columns
    from rich.text import Text

    from starwhale.cli.figures import picture

    drawn: list[Text] = []
    for key, row in rows:
        for name, value in row.items():
            pixels = _pixels(value)
            if pixels is not None:
                drawn.append(Text(visible(f"{key} {name}\n")) + picture(pixels))
    if drawn:
        out.blank()
        out.draw(Columns(drawn, padding=(0, 2)))


def _pixels(value: Any) -> list[list[float]] | None:
    """Pixels of a grey image that is small enough to be drawn, else None."""
    if type_name(value) != "grayscale_image" or value.linked:
        return None
    shape = [side for side in value.shape if side != 1]
    if len(shape) != 2 or max(shape) > LARGEST_PICTURE or len(value.payload()) != shape[0] * shape[1]:
        return None
    data = value.payload()
    return [[float(pixel) for pixel in data[y * shape[1] : (y + 1) * shape[1]]] for y in range(shape[0])]
