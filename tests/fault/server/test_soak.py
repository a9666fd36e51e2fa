"""What a server holds on to under a load of everything (FAULTS 22); ``SW_SOAK_SECONDS=3600`` for an hour.

A run of an hour is held to memory by the hour. In a run of minutes the memory that the machine sees wavers
more than that: it is held to what the server counts of its own, for each request that it answers, which a
leak of a single object a request exceeds.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.fault.server.server_process import ServerProcess
from tests.fault.server.soak import MIB, SMALL, Sample, Slope, a_request, an_hour, soak, told

pytestmark = pytest.mark.fault
#: MiB an hour, in a run of an hour or more; and seconds from one act of somebody to his next there.
STEEPEST = 1.0
PAUSE = 0.5
HOUR = 3600.0
#: Blocks of Python, and bytes of the heap, for each request.
MOST_BLOCKS = 0.25
MOST_BYTES = 64
#: Bytes in memory of a server at rest that has done everything; one that has just begun has some 190 MB.
MOST_AT_REST = 300 * MIB


def test_a_leak_is_told_from_noise() -> None:
    noise = [3, -2, 5, -4, 1, 0, -3, 4, -1, 2, -5, 3, 0, -2, 1, 4, -3, 2]

    def slope(leak: float) -> Slope:
        samples = [
            Sample(10.0 * at, MIB, MIB, 40, 9, requests=1000 * at, blocks=round(leak * 1000 * at + 500 * off))
            for at, off in enumerate(noise)
        ]
        return a_request(samples, lambda each: each.blocks)

    assert not slope(0).exceeds(MOST_BLOCKS)
    assert not slope(0.1).exceeds(MOST_BLOCKS)
    assert slope(1).exceeds(MOST_BLOCKS)


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_nothing_is_held_on_to(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data", env=SMALL)
    seconds = float(os.environ.get("SW_SOAK_SECONDS", "300"))
    try:
        samples, load = soak(server, seconds, pause=PAUSE if seconds >= HOUR else 0.0)
    finally:
        server.close()
    print(told(samples, load))
    assert not load.faults, load.faults[:10]
    # Half against half, at rest: what is used again and again is there in both.
    middle = len(samples) // 2
    before, after = samples[:middle], samples[middle:]
    assert min(each.descriptors for each in after) <= max(each.descriptors for each in before)
    assert not an_hour(samples, lambda each: each.descriptors).exceeds(0)
    assert max(each.threads for each in after) <= max(each.threads for each in before) + 2
    assert not a_request(samples, lambda each: each.blocks).exceeds(MOST_BLOCKS)
    assert not a_request(samples, lambda each: each.heap).exceeds(MOST_BYTES)
    if seconds >= HOUR:
        assert not an_hour(samples, lambda each: each.anonymous / MIB).exceeds(STEEPEST)
    assert samples[-1].rss < MOST_AT_REST
    assert "Traceback" not in server.log.read_text()
