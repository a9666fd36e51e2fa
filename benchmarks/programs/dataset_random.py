"""Read single rows of a dataset by key, in random order."""

from __future__ import annotations

import json
import random
import sys

from clock import Clock

from starwhale import dataset


def main(name: str, rows: int, reads: int) -> None:
    source = random.Random(11)
    keys = [source.randrange(rows) for _ in range(reads)]
    ds = dataset(name, readonly=True)
    assert ds[0].features.label == 0  # the dataset is open before the clock runs
    with Clock() as clock:
        for key in keys:
            assert ds[key].features.label == key % 10
    ds.close()
    print(json.dumps({"rows": reads, **clock.figures()}))


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
