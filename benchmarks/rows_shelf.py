"""Datasets on the shelf: us beside Hugging Face `datasets`, Lance, MosaicML Streaming, WebDataset and 0.6.

Each side builds the same rows from a generator, reads them all as Python rows, reads 2,000 single ones
at random, and feeds a PyTorch loader of two workers. All but 0.6 run in one environment, made when it is
missing from ``benchmarks/shelf-requirements.txt``. A library's import is part of what is measured, as it
is of every program that uses it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.lab import BUILD, HERE, Lab, Side, Unmeasurable
from benchmarks.report import Line

HF = "HF datasets"
PEERS = (HF, "Lance", "Streaming", "WebDataset", "0.6.15")
KINDS = ("images", "blobs", "texts", "mnist", "digits")
SIZES = {"images": 60_000, "blobs": 4_000, "texts": 300_000, "mnist": 10_000, "digits": 300}
OLD_ROWS = 1_000  # it needs minutes for more; rates are compared
LOADED = ("images", "texts")
WORDS = {"build": "build", "scan": "read all rows", "take": "read single rows", "load": "PyTorch, 2 workers"}


def environment() -> Path:
    """Python of the environment that the sides share.

    Raises:
        Unmeasurable: it cannot be made here.
    """
    home = BUILD / "shelf"
    python = home / "venv" / "bin" / "python"
    if (home / "ready").exists():
        return python
    print("making the environment of the shelf …", file=sys.stderr)
    pip = [str(python), "-m", "pip", "install", "-qq"]
    for step in (
        [sys.executable, "-m", "venv", "--clear", str(home / "venv")],
        [*pip, "--extra-index-url", "https://download.pytorch.org/whl/cpu", "--retries", "1",
         "--requirement", str(HERE / "shelf-requirements.txt")],
        [*pip, "--no-deps", "mosaicml-streaming"],
        [*pip, "--editable", f"{HERE.parent}[media]"],
    ):  # fmt: skip
        if subprocess.run(step, check=False).returncode:
            raise Unmeasurable(f"the environment of the shelf could not be made: {' '.join(step)}")
    (home / "ready").touch()
    return python


class Shelf:
    """Runs one measurement after the other, each in a process of its own."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._python = environment()
        self.place = BUILD / "shelf-work"
        shutil.rmtree(self.place, ignore_errors=True)

    def rows(self, peer: str, kind: str) -> int:
        """How many rows a side handles."""
        wanted = SIZES[kind] if self._lab.rows >= SIZES["images"] else min(SIZES[kind], self._lab.rows)
        return min(wanted, OLD_ROWS) if peer == "0.6.15" else wanted

    def run(self, peer: str, what: str, kind: str) -> dict[str, Any]:
        """The best of some runs: fewest CPU seconds.

        Raises:
            Unmeasurable: the side cannot do it here.
        """
        if peer == "0.6.15":
            if self._lab.peer is None:
                raise Unmeasurable("no environment for 0.6.15")
            python = self._lab.peer.python
        else:
            python = self._python
        place = self.place / f"{peer.replace(' ', '-')}-{kind}"
        side = Side(name=peer, python=python, store=self.place / "log")
        best: dict[str, Any] = {}
        for _ in range(1 if peer == "0.6.15" else min(3, self._lab.runs)):
            if what == "build":
                shutil.rmtree(place, ignore_errors=True)
            said = side.program("shelf", peer, what, kind, self.rows(peer, kind), place).said
            best = said if not best or said["cpu"] < best["cpu"] else best
        return best


def _aim(what: str, kind: str, peer: str) -> float | None:
    """How many times better the issue wants us to be; None where it asks for nothing."""
    if what == "build":
        return 1.0 if peer == HF else None
    if what == "scan":
        return (
            (0.8 if kind == "blobs" else 1.0) if peer == HF and kind in ("images", "blobs", "texts") else None
        )
    if what == "take":
        return 0.5 if peer == HF else 2.0
    return 1.0


def measure(lab: Lab) -> Iterator[Line]:
    """Rows per CPU second of every side; wall, own memory and bytes on disk of ours in the note."""
    shelf = Shelf(lab)
    for kind in KINDS:
        if kind in ("mnist", "digits") and not _has(kind):
            continue
        for what in ("build", "scan", "take", *(("load",) if kind in LOADED else ())):
            ours = shelf.run("us", what, kind)
            for peer in PEERS:
                if (what == "take" and peer == "WebDataset") or (what == "load" and peer == "0.6.15"):
                    continue
                yield _line(shelf, kind, what, ours, peer)
    shutil.rmtree(shelf.place, ignore_errors=True)


def _line(shelf: Shelf, kind: str, what: str, ours: dict[str, Any], peer: str) -> Line:
    rate = ours["rows"] / ours["cpu"]
    name = f"{kind}: {WORDS[what]}"
    try:
        theirs = shelf.run(peer, what, kind)
    except Unmeasurable as exc:
        reason = str(exc).splitlines()[-1][:80]
        return Line(
            work=name, unit="rows / CPU s", us=rate, note=f"{peer} cannot: {reason}", more_is_better=True
        )
    wall = (theirs["wall"] / theirs["rows"]) / (ours["wall"] / ours["rows"])
    return Line(
        work=name,
        unit="rows / CPU s",
        us=rate,
        peer=theirs["rows"] / theirs["cpu"],
        rival=peer,
        at_least=_aim(what, kind, peer),
        more_is_better=True,
        note=f"by the clock {wall:.3g}x; MiB of memory {ours['memory'] >> 20} | {theirs['memory'] >> 20}, "
        f"on disk {ours['disk'] >> 20} | {theirs['disk'] >> 20}",
    )


def _has(kind: str) -> bool:
    root = Path(os.environ.get("STARWHALE_TEST_DATA") or HERE.parent.parent / "shared" / "data")
    return (root / {"mnist": "mnist", "digits": "fsdd"}[kind]).is_dir()
