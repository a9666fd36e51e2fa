"""A server from its start to its first answer, and what it holds while nothing happens; beside MLflow's."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from benchmarks.lab import Lab
from benchmarks.report import Line
from benchmarks.server_sides import mlflow, ours


def measure(lab: Lab) -> Iterator[Line]:
    started, idle = zip(*(_once(lab, "us") for _ in range(min(lab.runs, 3))), strict=True)
    other = _once(lab, "mlflow") if lab.peer else None
    yield Line(
        work="server: start to ready",
        unit="s",
        us=median(started),
        peer=other[0] if other else None,
        limit=3.0,
        rival="mlflow",
    )
    yield Line(
        work="server: idle memory",
        unit="MB",
        us=median(idle),
        peer=other[1] if other else None,
        limit=250.0,
        rival="mlflow",
    )


def _once(lab: Lab, name: str) -> tuple[float, float]:
    with ours(lab) if name == "us" else mlflow() as server:
        return server.seconds, server.memory() / 1e6
