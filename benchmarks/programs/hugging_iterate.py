"""Iterate the rows with Hugging Face `datasets` and touch the bytes of each."""

from __future__ import annotations

import json
import sys

from clock import Clock
from hugging import rows_on_disk


def main(rows: int) -> None:
    rows_on_disk(rows)
    total = 0
    with Clock() as clock:
        for row in rows_on_disk(rows):
            total += len(row["img"])
    assert total == rows * 784
    print(json.dumps({"rows": rows, **clock.figures()}))


main(int(sys.argv[1]))
