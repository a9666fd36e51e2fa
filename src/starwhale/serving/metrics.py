"""What a server counts of itself, in the text form of Prometheus."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import time

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Seconds; the buckets of durations."""


@dataclass(slots=True)
class _Durations:
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0


class Metrics:
    """Counters of one server; changed on its loop only."""

    def __init__(self) -> None:
        self.in_flight = 0
        self._started = time()
        self._requests: dict[tuple[str, int], int] = {}
        self._durations: dict[str, _Durations] = {}

    def observe(self, api: str, status: int, seconds: float) -> None:
        """Count one request that has been answered."""
        key = (api, status)
        self._requests[key] = self._requests.get(key, 0) + 1
        durations = self._durations.get(api)
        if durations is None:
            durations = self._durations[api] = _Durations()
        durations.buckets[bisect_left(BOUNDS, seconds)] += 1
        durations.total += seconds

    def text(self, gauges: dict[str, tuple[str, float]]) -> str:
        """Everything that is known.

        Args:
            gauges: More figures of this moment by name, each with its meaning.
        """
        now = {
            "starwhale_serving_in_flight_requests": ("Requests under way.", float(self.in_flight)),
            "starwhale_serving_start_time_seconds": ("When the server started, Unix time.", self._started),
            **gauges,
        }
        lines = [line for name, (meaning, value) in now.items() for line in _gauge(name, meaning, value)]
        return "\n".join([*lines, *self._counted(), *self._lasted(), ""])

    def _counted(self) -> Iterator[str]:
        name = "starwhale_serving_requests_total"
        yield f"# HELP {name} Requests that were answered."
        yield f"# TYPE {name} counter"
        for (api, status), count in sorted(self._requests.items()):
            yield f'{name}{{api="{_escaped(api)}",status="{status}"}} {count}'

    def _lasted(self) -> Iterator[str]:
        name = "starwhale_serving_request_seconds"
        yield f"# HELP {name} Time from the request to the end of its answer."
        yield f"# TYPE {name} histogram"
        for api, durations in sorted(self._durations.items()):
            label = f'api="{_escaped(api)}"'
            so_far = 0
            for bound, count in zip((*BOUNDS, "+Inf"), durations.buckets, strict=True):
                so_far += count
                yield f'{name}_bucket{{{label},le="{bound}"}} {so_far}'
            yield f"{name}_sum{{{label}}} {durations.total:.6f}"
            yield f"{name}_count{{{label}}} {so_far}"


def _gauge(name: str, meaning: str, value: float) -> list[str]:
    return [f"# HELP {name} {meaning}", f"# TYPE {name} gauge", f"{name} {value:.15g}"]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
