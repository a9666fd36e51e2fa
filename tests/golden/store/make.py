"""Write the golden store of this release: ``python -m tests.golden.store.make``.

Run once per release, with the version in the name of the folder, and never again: what is written here must
open in every later release.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

HERE = Path(__file__).parent
RELEASE = "1.0"


def rows() -> dict[int | str, dict[str, Any]]:
    """What the golden dataset holds in the end."""
    import numpy as np

    from starwhale import Audio, BoundingBox, ClassLabel, GrayscaleImage, Image, Line, Link, Point, Text

    kinds: list[Any] = [
        None,
        True,
        7,
        2**70,
        0.5,
        "häuser",
        b"bytes",
        [1, 2],
        (1, "two"),
        {"a": 1, "b": [None]},
        {3: 4},
        datetime(2026, 1, 2, 3, 4, 5),  # noqa: DTZ001 - a time without a zone is a value too
        datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        date(2026, 1, 2),
        timedelta(days=1, microseconds=3),
        Decimal("1.10"),
        UUID(int=5),
        1 + 2j,
        np.arange(6, dtype="<f4").reshape(2, 3),
        Image(b"image", display_name="i.png", shape=(2, 2, 3)),
        GrayscaleImage(bytes(range(4)), shape=(2, 2)),
        Audio(b"audio", display_name="a.wav"),
        Text("text"),
        Link("s3://bucket/key", offset=3, size=4),
        ClassLabel(["cat", "dog"]),
        BoundingBox(1, 2, 3.5, 4),
        Line([Point(0, 1), Point(2, 3)]),
    ]
    found: dict[int | str, dict[str, Any]] = {
        number: {"mixed": value, "typed": number, f"only-{number % 3}": str(number)}
        for number, value in enumerate(kinds)
    }
    found["text key"] = {"mixed": 1, "large": Image(b"\x01" * (1 << 20) + b"\x02")}
    return found


def main() -> None:
    """Write the store."""
    target = HERE / RELEASE
    shutil.rmtree(target, ignore_errors=True)
    os.environ["SW_LOCAL_STORAGE"] = str(target)
    os.environ["SW_CLI_CONFIG"] = str(target / "config.yaml")
    from starwhale import Evaluation, dataset
    from starwhale.api.session import local

    everything = rows()
    ds = dataset("golden")
    for key, row in everything.items():
        ds[key] = {"typed": -1, **row}
    ds.info["about"] = "golden"
    ds.commit(tags=["first"], message="all kinds of values")
    ds = dataset("golden")
    ds[0] = {"typed": 1000}
    del ds[1]
    ds.append({"mixed": "appended"})
    ds.commit(message="one changed, one removed, one added")
    with Evaluation("goldenjob") as results:
        for number in range(50):
            results.log("results", f"row-{number}", {"score": number / 2, "label": f"l{number % 3}"})
        results.flush_all()
        local().tables.fold("self/evaluation/goldenjob/results")
        results.log("results", "row-7", {"score": 700})
        results.log_summary(accuracy=0.75, nested={"f1": 0.5})
        results.flush_all()
    local().close()
    with sqlite3.connect(target / "catalog.sqlite") as catalog:
        catalog.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        catalog.execute("PRAGMA journal_mode=DELETE")
    for left in ("catalog.sqlite-wal", "catalog.sqlite-shm", "run", "cache"):
        place = target / left
        shutil.rmtree(place, ignore_errors=True)
        place.unlink(missing_ok=True)
    sys.stdout.write(f"{target}\n")


if __name__ == "__main__":
    main()
