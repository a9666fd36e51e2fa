"""Tables over HTTP, with authorization and audit: a page of 1,000,000 rows x 30 columns within 100 ms."""

from __future__ import annotations

import os
from collections.abc import Iterator

from benchmarks.lab import Lab
from benchmarks.report import Line

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
        work="rows of 10 columns, batches of 100, 8 clients",
        unit="rows / s",
        us=said["rows"],
        more_is_better=True,
        note="each batch durable before it is answered",
    )
    yield Line(
        work="metrics, batches of 100, 8 clients", unit="metrics / s", us=said["metrics"], more_is_better=True
    )
    yield Line(work="the server before its first question", unit="MiB", us=said["idle"] / 2**20, limit=250)
    yield Line(
        work="the server after all questions",
        unit="MiB of its own",
        us=said["memory"] / 2**20,
        note="256 MiB of it are columns kept for the next question",
    )
