"""``twenty.py GIGABYTES ROOT``: build and read so many GB of blobs that are made on the way; the memory."""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path

from clock import Clock
from shelf_watch import Watch

SIZE = 100_000


def main(gigabytes: float, root: Path) -> None:
    os.environ["SW_LOCAL_STORAGE"], os.environ["SW_CLI_CONFIG"] = (
        str(root / "root"),
        str(root / "config.yaml"),
    )
    from starwhale import Binary, dataset

    count = int(gigabytes * 1e9 / SIZE)
    kept = random.Random(7).randbytes(1 << 20)
    watch = Watch()
    watch.start()
    with Clock() as build, dataset("blobs", create="empty") as ds:
        for number in range(count):
            at = (number * 7919) % (len(kept) - SIZE)
            ds[number] = {"data": Binary(number.to_bytes(8, "little") + kept[at : at + SIZE - 8])}
        ds.commit()
    built = watch.lap()
    total = 0
    with Clock() as scan:
        for row in dataset("blobs", readonly=True):
            total += len(row.features["data"].to_bytes())
    assert total == count * SIZE, total
    told = {"rows": count, "build_memory": built, "scan_memory": watch.stop()}
    print(json.dumps({**told, "build": build.figures(), "scan": scan.figures()}))


main(float(sys.argv[1]), Path(sys.argv[2]))
