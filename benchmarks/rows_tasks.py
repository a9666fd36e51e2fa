"""What a task costs beside the work in it: ten thousand that do nothing, in processes and in threads."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.lab import PROGRAMS, Lab, Side
from benchmarks.report import Line
from benchmarks.rows_evaluation import loops_of

TASKS = 10_000
FEW = 40
BUSY_ROWS = 12_000
BUSY_SECONDS = 0.005


def _jobs(lab: Lab, *words: object) -> dict[str, float]:
    return lab.us.program("task_jobs", *words, env={"BENCH_TASKS": str(TASKS)}).said


def _evaluation(side: Side, handler: str, rows: str, loops: int) -> float:
    words = ["model", "run", "-w", ".", "-m", "busy", "-h", f"busy:{handler}", "-d", rows]
    return side.run([side.swcli, *words], cwd=PROGRAMS / "busy", env={"BENCH_LOOPS": str(loops)}).cpu


def measure(lab: Lab) -> Iterator[Line]:
    """Seconds per task; the peer has no figure of its own, its scheduler cannot run such steps."""
    runs = min(lab.runs, 3)
    warm = _jobs(lab, "many", "process", runs, "warm")["least"]
    threads = _jobs(lab, "many", "thread", runs, "warm")["least"]
    yield Line(
        work=f"a step of {TASKS:,} tasks that do nothing",
        unit="tasks / s",
        us=TASKS / warm,
        limit=2000,
        more_is_better=True,
        note="by the clock, in warm processes",
    )
    yield Line(
        work="a task in a warm process",
        unit="ms",
        us=1000 * warm / TASKS,
        limit=2,
        note="by the clock, over such a step",
    )
    yield Line(
        work="a task in a thread",
        unit="ms",
        us=1000 * threads / TASKS,
        limit=0.5,
        note="by the clock, over such a step with --isolation thread",
    )
    fresh = _jobs(lab, "one", "process", FEW, "fresh")["median"]
    yield Line(
        work="a task in a fresh process",
        unit="ms",
        us=1000 * fresh,
        limit=150,
        note=f"a job of one task, started and ended: the median of {FEW}, which come from a template",
    )
    loops = loops_of(lab.us, BUSY_SECONDS)
    rows = lab.dataset(lab.us, BUSY_ROWS)
    one, eight = (_evaluation(lab.us, handler, rows, loops) for handler in ("one", "eight"))
    yield Line(
        work=f"eight replicas instead of one, {BUSY_ROWS:,} rows of 5 ms of Python",
        unit="of its rows / CPU s",
        us=one / eight,
        limit=0.95,
        more_is_better=True,
        note=f"{one:.1f} s and {eight:.1f} s of CPU, the start of all processes included",
    )
