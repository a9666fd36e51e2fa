"""Building a model with a checkpoint of many gigabytes: anew, unchanged, and changed a little."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from benchmarks.lab import Lab
from benchmarks.report import Line

MOST_BYTES = 10 << 30


def measure(lab: Lab) -> Iterator[Line]:
    """Seconds by the clock; the checkpoint is smaller where the disk is short."""
    free = shutil.disk_usage(lab.us.store.parent).free
    size = min(MOST_BYTES, free // 5 >> 20 << 20)
    said = lab.us.program("model_build", size).said
    told = f"{size / 2**30:.1f} GiB"
    yield Line(
        work=f"second build of an unchanged checkpoint of {told}",
        unit="s",
        us=said["again"],
        limit=2,
        note=f"the first build took {said['first']:.1f} s",
    )
    yield Line(
        work="build after one part in a hundred of it has changed",
        unit="s",
        us=said["changed"],
        note=f"{said['written'] / 2**20:.0f} MiB were written",
    )
