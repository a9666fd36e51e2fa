"""Small answers on one connection: none waits for the acknowledgement of a part of it."""

from __future__ import annotations

import os
import time
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.fault.server.server_process import ServerProcess

#: What Linux waits with an acknowledgement at least. Where Nagle's algorithm is on, the second part of each
#: answer waits for that of the first; it is on where a socket was bound without naming its protocol.
DELAY = 0.040
#: A connection begins with acknowledgements that are sent at once.
FIRST, COUNTED = 20, 40

pytestmark = pytest.mark.e2e


@pytest.fixture
def without_uvloop(tmp_path: Path) -> dict[str, str]:
    """Variables of a process that has to do with asyncio's own loop: uvloop never waits, whatever we do."""
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "uvloop.py").write_text("raise ImportError('it is hidden')\n")
    return {
        "PYTHONPATH": os.pathsep.join([str(tmp_path / "hidden"), *filter(None, [os.getenv("PYTHONPATH")])])
    }


@pytest.mark.parametrize("workers", [1, 2])
def test_small_answers_on_one_connection_wait_for_no_acknowledgement(
    tmp_path: Path, without_uvloop: dict[str, str], workers: int
) -> None:
    server = ServerProcess(tmp_path / "data", "--workers", str(workers), env=without_uvloop)
    try:
        address = urlsplit(server.url)
        connection = HTTPConnection(str(address.hostname), int(address.port or 0), timeout=30)
        times: list[float] = []
        for _ in range(FIRST + COUNTED):
            began = time.perf_counter()
            connection.request("GET", "/api/v1/version")
            assert connection.getresponse().read().startswith(b"{")
            times.append(time.perf_counter() - began)
        connection.close()
    finally:
        server.close()
    # Each of them waits where one does, so a quarter that is quicker tells, however slow the machine is.
    assert sorted(times[FIRST:])[COUNTED // 4] < DELAY * 0.9, times
