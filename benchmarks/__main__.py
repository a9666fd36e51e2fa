"""`make bench`: every measurement, a table on the terminal and in ``build/bench/report.md``.

`make bench BENCH="dataset_build help"` measures only what is named, `BENCH=--no-peer` only us.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import sys
from collections.abc import Iterator
from importlib import import_module

from benchmarks.lab import BUILD, HERE, Lab, Side, Unmeasurable, peer, us
from benchmarks.report import Line, table


def _arguments() -> argparse.Namespace:
    names = sorted(path.stem.removeprefix("rows_") for path in HERE.glob("rows_*.py"))
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(names)}; default all")
    parser.add_argument("--rows", type=int, default=60_000, help="rows of the datasets")
    parser.add_argument("--runs", type=int, default=5, help="how often ours is measured; the best counts")
    parser.add_argument("--no-peer", action="store_true", help="measure only us")
    given = parser.parse_args()
    if unknown := set(given.names) - set(names):
        parser.error(f"no measurement {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    given.names = given.names or names
    return given


def _peer_side() -> Side | None:
    try:
        return peer()
    except Unmeasurable as exc:
        print(f"without the peer: {exc}", file=sys.stderr)
        return None


def _lines(names: list[str], lab: Lab) -> Iterator[Line]:
    for name in names:
        print(f"measuring {name} …", file=sys.stderr)
        try:
            for line in import_module(f"benchmarks.rows_{name}").measure(lab):
                print(table([line]).splitlines()[-1], file=sys.stderr)
                yield line
        except Unmeasurable as exc:
            print(f"{name} could not be measured: {exc}", file=sys.stderr)
            yield Line(work=name, unit="not measured", us=float("nan"), note=str(exc).splitlines()[0][:120])


def main() -> int:
    """Measure, print, and say by the exit status whether every aim was met."""
    given = _arguments()
    lab = Lab(us=us(), peer=None if given.no_peer else _peer_side(), rows=given.rows, runs=given.runs)
    lines = list(_lines(given.names, lab))
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    text = f"# Benchmarks\n\n{machine}; best of {given.runs} runs of ours.\n\n{table(lines)}\n"
    print(text)
    (BUILD / "report.md").write_text(text, "utf-8")
    return 0 if all(line.holds is not False and not math.isnan(line.us) for line in lines) else 1


sys.exit(main())
