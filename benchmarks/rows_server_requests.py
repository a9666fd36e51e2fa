"""Small requests over one connection kept open, on one worker and on four; one row read by its name."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator

import httpx2

from benchmarks.lab import Lab
from benchmarks.report import Line
from benchmarks.server_sides import Server, ours

KEPT_OPEN = 200
SECONDS = 5.0
CLIENTS = 4


def measure(lab: Lab) -> Iterator[Line]:
    for workers in (1, 4):
        with ours(lab, workers=workers) as server:
            yield Line(
                work=f"server: small request, connection kept open, {workers} worker{'s'[: workers - 1]}",
                unit="ms, median",
                us=_median(server),
                limit=5.0,
            )
            if workers == 1:
                rate = max(_rate(server) for _ in range(min(lab.runs, 3)))
                yield Line(
                    work="server: read one row by its name",
                    unit="requests / s",
                    us=rate,
                    limit=800.0,
                    more_is_better=True,
                    note="with authorization; the clients run on the same machine",
                )


def _median(server: Server) -> float:
    took: list[float] = []
    with httpx2.Client(base_url=server.url, trust_env=False) as client:
        for _ in range(KEPT_OPEN):
            began = time.perf_counter()
            client.get("/healthz").raise_for_status()
            took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took[20:])


def _rate(server: Server) -> float:
    server.post("/api/v1/projects", {"name": "bench"}, missing_ok=True)
    counts = [0] * CLIENTS
    over = time.perf_counter() + SECONDS

    def read(place: int) -> None:
        with httpx2.Client(base_url=server.url, headers=server.headers, trust_env=False) as client:
            while time.perf_counter() < over:
                client.get("/api/v1/projects/bench").raise_for_status()
                counts[place] += 1

    threads = [threading.Thread(target=read, args=(place,)) for place in range(CLIENTS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return sum(counts) / SECONDS
