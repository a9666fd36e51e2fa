"""Read the points of a run back, and its summary."""

from __future__ import annotations

import json
import sys

from clock import Clock

from starwhale.api.session import local


def main(points: int, run: str) -> None:
    instance = local()
    service = instance.experiments
    found = service.find(instance.actor, "self", run)
    with Clock() as reading:
        series = service.series(found, "loss")
    assert len(series) == points, len(series)
    assert service.details(found).metrics["loss"].count == points
    print(json.dumps({"points": points, "read": reading.figures()}))


main(int(sys.argv[1]), sys.argv[2])
