"""Tables over HTTP, with authorization and audit: a page of 1,000,000 rows x 30 columns within 100 ms."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

from benchmarks.lab import PROGRAMS, Lab
from benchmarks.report import Line
from benchmarks.server_sides import mlflow
from starwhale.server.machine import room_for_tables

CLIENTS = 8
ROWS = int(os.environ.get("BENCH_TABLE_ROWS", "1000000"))


def measure(lab: Lab) -> Iterator[Line]:
    """Milliseconds of requests to a server process, its memory, and rows that eight clients write."""
    said = lab.us.program("server_tables", ROWS).said
    work = f"filter, order, page of 50 of {ROWS:,} rows x 30 columns"
    yield Line(work=work, unit="ms, p50", us=said["query_p50"] * 1000)
    yield Line(work=work, unit="ms, p99", us=said["query_p99"] * 1000, limit=100, note="200 questions")
    work = "compare two of them by key, first page"
    yield Line(work=work, unit="ms, p50", us=said["compare_p50"] * 1000, limit=300)
    yield Line(
        work=f"{work}, only rows that differ",
        unit="ms, p50",
        us=said["different_p50"] * 1000,
        limit=300,
        note=f"{said['different_most'] * 1000:.0f} ms the first time",
    )
    yield Line(
        work=f"read one of {ROWS:,} rows by its key",
        unit="requests / s",
        us=said["row"],
        limit=800.0,
        more_is_better=True,
        note="four clients on the same machine",
    )
    theirs = _theirs() if lab.peer else None
    for metrics in (10, 1):
        yield Line(
            work=f"metrics, {metrics} in a row, batches of 100 rows, {CLIENTS} clients",
            unit="metrics / s",
            us=said[f"rows_of_{metrics}"] * metrics,
            peer=theirs,
            at_least=10.0,
            more_is_better=True,
            rival="mlflow",
            note="each batch durable before it is answered; the peer's are of 100 metrics",
        )
    yield Line(work="the server before its first question", unit="MiB", us=said["idle"] / 2**20, limit=250)
    yield Line(
        work="the server after all questions",
        unit="MiB of its own",
        us=said["memory"] / 2**20,
        note=f"of them at most {room_for_tables() >> 20} MiB are columns kept for the next question",
    )


def _theirs() -> float:
    with mlflow() as server:
        words = [sys.executable, str(PROGRAMS / "mlflow_metrics.py"), server.url, str(CLIENTS), "20", "100"]
        return json.loads(subprocess.run(words, check=True, capture_output=True).stdout)["metrics"]
