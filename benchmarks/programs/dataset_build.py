"""Build a dataset of small images with the public SDK: rows set one by one, then one commit."""

from __future__ import annotations

import json
import random
import sys

from clock import Clock

from starwhale import GrayscaleImage, dataset

SIDE = 28


def main(rows: int, name: str) -> None:
    source = random.Random(7)
    images = [source.randbytes(SIDE * SIDE) for _ in range(1000)]
    with Clock() as clock:
        ds = dataset(name, create="empty")
        for i in range(rows):
            ds[i] = {"img": GrayscaleImage(images[i % 1000], shape=(SIDE, SIDE, 1)), "label": i % 10}
        ds.commit()
        ds.close()
    print(json.dumps({"rows": rows, **clock.figures()}))


main(int(sys.argv[1]), sys.argv[2])
