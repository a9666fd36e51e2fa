"""Show digits that an evaluation got wrong, read back through the SDK: `python mistakes.py JOB`."""

from __future__ import annotations

import sys
from typing import Any

from rich.console import Console
from rich.table import Table

from starwhale import job

SHOWN = 5
HALVES = " ▀▄█"


def picture(image: Any) -> str:
    """An image of 8x8 pixels in half blocks, two rows of pixels on a line."""
    dark = image.to_numpy().reshape(8, 8) > 110
    pairs = zip(dark[::2], dark[1::2], strict=True)
    return "\n".join("".join(HALVES[a + 2 * b] for a, b in zip(*pair, strict=True)) for pair in pairs)


def main(uri: str) -> None:
    """Compare what was meant with what was said, row by row."""
    rows = [row for row in job(uri).get_table_rows("results") if row["input/label"] != row["output/label"]]
    table = Table(title=f"{len(rows)} digits were read wrongly, for example", box=None, title_justify="left")
    for heading in ("row", "digit", "read as", "how sure", "image"):
        table.add_column(heading, justify="right" if heading == "how sure" else "left")
    for row in rows[:SHOWN]:
        said = row["output/label"]
        sure = f"{row['output/probability'][said]:.0%}"
        table.add_row(row["id"], str(row["input/label"]), str(said), sure, picture(row["input/img"]))
        table.add_row()
    Console(highlight=False).print(table)


if __name__ == "__main__":
    main(sys.argv[1])
