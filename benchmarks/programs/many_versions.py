"""``many_versions.py MEASURE COUNT``: one row added to COUNT rows, or a dataset of COUNT versions opened."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from clock import Clock

from starwhale import dataset


def written() -> int:
    root = Path(os.environ["SW_LOCAL_STORAGE"]) / "objects"
    return sum(path.stat().st_size for path in root.rglob("*") if path.is_file())


def append(count: int) -> dict[str, float]:
    with dataset("rows", create="empty") as ds:
        for number in range(count):
            ds[number] = {"x": number, "text": f"row {number}"}
        ds.commit()
    before = written()
    with Clock() as clock, dataset("rows") as ds:
        ds.append({"x": -1, "text": "one more"})
        ds.commit()
    return {**clock.figures(), "bytes": written() - before}


def open_versions(count: int) -> dict[str, float]:
    for number in range(count):
        with dataset("rows") as ds:
            ds.append({"x": number})
            ds.commit()
    with Clock() as clock:
        ds = dataset("rows", readonly=True)
        assert ds[count - 1].features["x"] == count - 1
    return clock.figures()


print(json.dumps({"append": append, "open": open_versions}[sys.argv[1]](int(sys.argv[2]))))
