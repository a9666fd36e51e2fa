"""Log points of a metric, each with a call of its own, with everything collected that a run collects."""

from __future__ import annotations

import json
import sys

from clock import Clock

from starwhale.api import track


def main(points: int, run: str, processes: int) -> None:
    with Clock() as logging:
        track.start("bench", with_id=run)
        for i in range(points // processes):
            track.metrics(loss=i * 0.5)
        track.end()
    print(json.dumps({"points": points, "log": logging.figures()}))


main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
