"""``shelf.py SIDE MEASURE KIND ROWS PLACE``: build, scan, take or load rows on one side; the cost."""

from __future__ import annotations

import json
import random
import sys
from itertools import islice
from pathlib import Path
from typing import Any

from clock import Clock
from shelf_rows import rows
from shelf_sides import SIDES
from shelf_watch import Watch

TAKEN = 2_000
TAKEN_OLD = 10  # 0.6 reads one or two a second


def touch(row: Any) -> int:
    """Look at the bytes or the text of a row, so that no side gets away with a promise."""
    data = row.get("data", row.get("bin", row.get("text", row.get("txt"))))
    return len(data)


def measure(side: Any, what: str, kind: str, count: int, taken: int) -> int:
    if what == "build":
        side.build(rows(kind, count))
        return count
    if what == "scan":
        return sum(1 for row in side.scan() if touch(row))
    if what == "take":
        places = random.Random(3).choices(range(count), k=taken)
        return sum(1 for row in side.take(places) if touch(row))
    from torch.utils.data import DataLoader

    loader = DataLoader(
        side.loader(), batch_size=256, num_workers=2, collate_fn=list, multiprocessing_context="fork"
    )
    return sum(len(batch) for batch in loader)


def main(name: str, what: str, kind: str, count: int, place: Path) -> None:
    place.mkdir(parents=True, exist_ok=True)
    side = SIDES[name](place, kind, count)
    if what in ("scan", "take", "load") and name != "0.6.15":  # which hangs when a scan is left half-way
        # Imports and the page cache are warm for everybody.
        warm = getattr(side, "scan", None)
        if warm is not None:
            for row in islice(side.scan(), 100):
                touch(row)
    prepare = getattr(side, "prepare", None)
    if what == "build" and prepare is not None:
        prepare()
    taken = TAKEN_OLD if name == "0.6.15" else TAKEN
    watch = Watch()
    watch.start()
    with Clock() as clock:
        done = measure(side, what, kind, count, taken)
    memory = watch.stop()
    expected = taken if what == "take" else count
    assert done == expected, (name, what, kind, done, expected)
    size = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
    print(json.dumps({"rows": done, "memory": memory, "disk": size, **clock.figures()}))


main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), Path(sys.argv[5]))
