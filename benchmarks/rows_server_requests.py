"""Small requests over one connection kept open, on one worker and on four; one row read by its id."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from benchmarks.lab import Lab
from benchmarks.programs.rates import rate
from benchmarks.report import Line
from benchmarks.server_sides import Server, ours, publish

KEPT_OPEN = 200


def measure(lab: Lab) -> Iterator[Line]:
    for workers in (1, 4):
        with ours(lab, workers=workers) as server:
            yield Line(
                work=f"server: small request, connection kept open, {workers} worker{'s'[: workers - 1]}",
                unit="ms, median",
                us=_median(server),
                limit=5.0,
                note="with authorization: who am I",
            )
            if workers == 1:
                found = statistics.median(_rate(server) for _ in range(min(lab.runs, 3)))
                yield Line(
                    work="server: read one version by its id",
                    unit="requests / s",
                    us=found,
                    limit=800.0,
                    more_is_better=True,
                    note="with authorization; the clients run on the same machine",
                )


def _median(server: Server) -> float:
    took: list[float] = []
    with server.client() as client:
        for _ in range(KEPT_OPEN):
            began = time.perf_counter()
            client.get("/api/v1/me").raise_for_status()
            took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took[20:])


def _rate(server: Server) -> float:
    server.post("/api/v1/projects", {"name": "bench"}, missing_ok=True)
    with server.client() as client:
        path = publish(client, "bench", b"one")
    return rate(server.url, server.headers, lambda: path)
