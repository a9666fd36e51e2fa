"""What a server holds on to under a load of everything (FAULTS 22); ``SW_SOAK_SECONDS=3600`` for an hour.

In five minutes the memory of a process goes up and down by more than a leak of one MiB an hour would add. So
the slope counts as too steep where it exceeds that by four of its standard errors, and besides nothing may
have grown by more than a bound that no warm server needs; an hour tells finer than minutes do.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.fault.server.server_process import ServerProcess
from tests.fault.server.soak import MIB, SMALL, Sample, Slope, soak, told

pytestmark = pytest.mark.fault
STEEPEST = 1.0
LARGEST_GROWTH = 24 * MIB


def test_a_leak_is_told_from_noise() -> None:
    noise = [3, -2, 5, -4, 1, 0, -3, 4, -1, 2, -5, 3, 0, -2, 1, 4, -3, 2]

    def samples(an_hour: float) -> list[Sample]:
        return [
            Sample(10.0 * at, round((100 + an_hour * at / 360 + wobble / 20) * MIB), 40, 9)
            for at, wobble in enumerate(noise)
        ]

    assert not Slope.through(samples(0), lambda each: each.rss / MIB).exceeds(STEEPEST)
    assert Slope.through(samples(60), lambda each: each.rss / MIB).exceeds(STEEPEST)


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_nothing_is_held_on_to(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data", env=SMALL)
    try:
        samples, load = soak(server, float(os.environ.get("SW_SOAK_SECONDS", "300")))
    finally:
        server.close()
    print(told(samples, load))
    assert not load.faults, load.faults[:10]
    # Half against half, at rest: what is used again and again is there in both.
    middle = len(samples) // 2
    before, after = samples[:middle], samples[middle:]
    assert min(each.descriptors for each in after) <= max(each.descriptors for each in before)
    assert not Slope.through(samples, lambda each: each.descriptors).exceeds(0)
    assert max(each.threads for each in after) <= max(each.threads for each in before) + 2
    assert not Slope.through(samples, lambda each: each.rss / MIB).exceeds(STEEPEST)
    assert samples[-1].rss - samples[0].rss < LARGEST_GROWTH
    assert "Traceback" not in server.log.read_text()
