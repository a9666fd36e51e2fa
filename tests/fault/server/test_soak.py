"""What a server holds on to under a load of everything (FAULTS 22); ``SW_SOAK_SECONDS=3600`` for an hour.

For minutes a server still fills what it remembers on purpose: pages of the catalog, for each connection, and
the last events. So a short run is held to bytes for each thing that somebody did, which a leak of anything
that is kept for each request exceeds; a run of an hour to the slope in its last part, beyond what its
standard error explains.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.fault.server.server_process import ServerProcess
from tests.fault.server.soak import MIB, SMALL, Sample, Slope, soak, told

pytestmark = pytest.mark.fault
#: MiB an hour, in a run of an hour or more.
STEEPEST = 1.0
#: Bytes for each act, in a shorter one.
MOST_FOR_EACH = 3 << 10
HOUR = 3600.0


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
    seconds = float(os.environ.get("SW_SOAK_SECONDS", "300"))
    try:
        samples, load = soak(server, seconds)
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
    if seconds >= HOUR:
        assert not Slope.through(after, lambda each: each.rss / MIB).exceeds(STEEPEST)
    share = (samples[-1].at - samples[0].at) / samples[-1].at
    assert samples[-1].rss - samples[0].rss < MOST_FOR_EACH * share * sum(load.done.values())
    assert "Traceback" not in server.log.read_text()
