"""Iterate a dataset of small images and touch the bytes of each."""

from __future__ import annotations

import json
import sys

from clock import Clock

from starwhale import dataset


def main(name: str) -> None:
    rows = total = 0
    assert dataset(name, readonly=True)[0].features.label == 0  # imports are not what is measured
    with Clock() as clock:
        ds = dataset(name, readonly=True)
        for row in ds:
            total += len(row.features.img.to_bytes())
            rows += 1
        ds.close()
    assert total == rows * 784, (rows, total)
    print(json.dumps({"rows": rows, **clock.figures()}))


main(sys.argv[1])
