"""Read single rows with Hugging Face `datasets`, in random order."""

from __future__ import annotations

import json
import random
import sys

from clock import Clock
from hugging import rows_on_disk


def main(rows: int, reads: int) -> None:
    source = random.Random(11)
    keys = [source.randrange(rows) for _ in range(reads)]
    ds = rows_on_disk(rows)
    assert ds[0]["label"] == 0
    with Clock() as clock:
        for key in keys:
            assert ds[key]["label"] == key % 10
    print(json.dumps({"rows": reads, **clock.figures()}))


main(int(sys.argv[1]), int(sys.argv[2]))
