"""Evaluation of 10,000 rows with a trivial `predict`: 60 times; and what a second replica brings."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.lab import PROGRAMS, Lab, Run, Side
from benchmarks.report import Line

ROWS = 10_000
BUSY_ROWS = 2_000
BUSY_SECONDS = 0.005


def _evaluate(side: Side, module: str, handler: str, rows: str, env: dict[str, str] | None = None) -> Run:
    """One `swcli model run`, the whole tree of its processes."""
    words = ["model", "run", "-w", ".", "-m", module, "-h", f"{module}:{handler}", "-d", rows]
    return side.run([side.swcli, *words], cwd=PROGRAMS / module, env=env)


def loops_of(side: Side, seconds: float) -> int:
    """How many turns of the busy loop take so long on this machine."""
    trial = 1_000_000
    run = side.program("busy_once", trial)
    return int(trial * seconds / run.said["cpu"])


def _bare(side: Side, loops: int) -> float:
    """What two processes of nothing but the busy loop gain over one on this machine, at this moment."""
    alone = side.program("busy_once", loops * BUSY_ROWS).wall
    return alone / side.program("busy_twice", loops * BUSY_ROWS // 2).wall


def measure(lab: Lab) -> Iterator[Line]:
    """Rows per CPU second of the whole command, its workers included."""
    ours = [
        _evaluate(lab.us, "trivial", "evaluate", lab.dataset(lab.us, ROWS)) for _ in range(min(lab.runs, 3))
    ]
    theirs = _evaluate(lab.peer, "trivial", "evaluate", lab.dataset(lab.peer, ROWS)) if lab.peer else None
    yield Line(
        work=f"evaluation of {ROWS:,} rows, one replica",
        unit="rows / CPU s",
        us=ROWS / min(run.cpu for run in ours),
        peer=theirs and ROWS / theirs.cpu,
        at_least=60,
        more_is_better=True,
        note=f"{min(run.wall for run in ours):.1f} s by the clock, start of the processes included",
    )
    yield Line(
        work="the same",
        unit="MiB at the peak",
        us=min(run.peak for run in ours) / 2**20,
        peer=theirs and theirs.peak / 2**20,
        at_least=1,
        note="of all processes, shared pages counted once",
    )
    loops = loops_of(lab.us, BUSY_SECONDS)
    env = {"BENCH_LOOPS": str(loops)}
    rows = lab.dataset(lab.us, BUSY_ROWS)
    one, two = (
        min(_evaluate(lab.us, "busy", handler, rows, env).wall for _ in range(min(lab.runs, 3)))
        for handler in ("one", "two")
    )
    yield Line(
        work=f"a second replica, {BUSY_ROWS:,} rows of 5 ms of Python",
        unit="times the wall speed of one",
        us=one / two,
        limit=1.7,
        more_is_better=True,
        note=f"{one:.1f} s and {two:.1f} s; two bare processes: {_bare(lab.us, loops):.2f}x",
    )
