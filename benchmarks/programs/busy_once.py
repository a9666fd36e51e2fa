"""How long the busy loop takes in a quiet process."""

from __future__ import annotations

import json
import sys
import time

TURNS = int(sys.argv[1])


def work(loops: int) -> int:
    """The loop of ``busy/busy.py``."""
    total = 0
    for i in range(loops):
        total += i & 3
    return total


start = time.process_time()
work(TURNS)
print(json.dumps({"cpu": time.process_time() - start}))
