"""Small requests over one connection kept open, on one worker and on four; one row read by its id."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from http.client import HTTPConnection

import httpx2

from benchmarks.lab import Lab
from benchmarks.report import Line
from benchmarks.server_sides import Server, ours, publish

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
                    work="server: read one version by its id",
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
    with server.client() as client:
        path = publish(client, "bench", b"one")
    counts = [0] * CLIENTS
    over = time.perf_counter() + SECONDS

    def read(place: int) -> None:
        # The simplest client there is: it shares two cores with the server.
        connection = HTTPConnection(server.url.removeprefix("http://"))
        while time.perf_counter() < over:
            connection.request("GET", path, headers=server.headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != HTTPStatus.OK:
                raise RuntimeError(f"{path} answered {answer.status}")
            counts[place] += 1
        connection.close()

    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(read, range(CLIENTS)))
    return sum(counts) / SECONDS
