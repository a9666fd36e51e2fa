"""Datasets of any size: memory for 20 GB of blobs, one row added to a million, a thousand versions."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from benchmarks.lab import BUILD, PROGRAMS, Lab, Side, Unmeasurable
from benchmarks.report import Line

GIGABYTES = 20.0
SPARE = 15e9
LIMIT = 600 << 20
GROUP = Path("/sys/fs/cgroup/starwhale-bench")


def _side(lab: Lab, name: str) -> Side:
    store = BUILD / name
    shutil.rmtree(store, ignore_errors=True)
    return Side(name=name, python=lab.us.python, store=store)


def _gigabytes() -> float:
    free = shutil.disk_usage(BUILD).free - SPARE
    return round(max(0.2, min(GIGABYTES, free / 1e9)), 1)


def measure(lab: Lab) -> Iterator[Line]:
    """Figures of ours alone: the issue bounds them."""
    side = _side(lab, "sizes-append")
    rows = 1_000_000 if lab.rows >= 60_000 else 20 * lab.rows
    added = side.program("many_versions", "append", rows).said
    yield Line(work=f"one row added to {rows:,}", unit="s", us=added["wall"], limit=1.0)
    yield Line(work="the same", unit="bytes written", us=added["bytes"], limit=1_000_000)
    shutil.rmtree(side.store, ignore_errors=True)
    side = _side(lab, "sizes-versions")
    versions = 1000 if lab.rows >= 60_000 else 50
    opened = side.program("many_versions", "open", versions).said
    yield Line(work=f"a dataset of {versions:,} versions opened", unit="s", us=opened["wall"], limit=0.2)
    shutil.rmtree(side.store, ignore_errors=True)
    yield from _blobs(lab)


def _blobs(lab: Lab) -> Iterator[Line]:
    gigabytes = _gigabytes() if lab.rows >= 60_000 else 0.2
    side = _side(lab, "sizes-blobs")
    said = side.program("twenty", gigabytes, side.store).said
    for what in ("build", "scan"):
        speed = said["rows"] * 0.1 / said[what]["wall"]
        yield Line(
            work=f"memory to {what} {gigabytes:g} GB of blobs",
            unit="MiB",
            us=said[f"{what}_memory"] / 2**20,
            limit=LIMIT / 2**20,
            note=f"{speed:,.0f} MB/s",
        )
    shutil.rmtree(side.store, ignore_errors=True)
    yield _in_a_group(lab, gigabytes)
    shutil.rmtree(side.store, ignore_errors=True)


def _in_a_group(lab: Lab, gigabytes: float) -> Line:
    """The same with a gigabyte of memory in all, page cache included."""
    work = f"the same {gigabytes:g} GB in a memory group of 1 GB"
    try:
        GROUP.mkdir(exist_ok=True)
        (GROUP / "memory.max").write_text("1G")
        (GROUP / "memory.swap.max").write_text("0")
    except OSError as exc:
        return Line(work=work, unit="s", us=0.0, note=f"skipped: no group can be made here ({exc.strerror})")
    side = _side(lab, "sizes-group")
    inside = (
        f"echo $$ > {GROUP}/cgroup.procs && exec {side.python} {PROGRAMS}/twenty.py {gigabytes} {side.store}"
    )
    try:
        run = side.run(["sh", "-c", inside])
        return Line(work=work, unit="s", us=run.wall, note="ended well")
    except Unmeasurable as exc:
        return Line(work=work, unit="s", us=float("nan"), note=str(exc).splitlines()[0][:100])
    finally:
        shutil.rmtree(side.store, ignore_errors=True)
        subprocess.run(["rmdir", str(GROUP)], check=False, stderr=subprocess.DEVNULL)
