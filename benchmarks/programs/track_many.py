"""The same from several processes into one run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from clock import Clock


def main(points: int, run: str, processes: int) -> None:
    program = Path(__file__).with_name("track_log.py")
    words = [sys.executable, str(program), str(points), run, str(processes)]
    with Clock() as logging:
        children = [subprocess.Popen(words, stdout=subprocess.DEVNULL) for _ in range(processes)]
        statuses = [child.wait() for child in children]
    assert not any(statuses), statuses
    print(json.dumps({"points": points, "log": logging.figures()}))


main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
