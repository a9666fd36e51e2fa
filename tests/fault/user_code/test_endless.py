"""Code that does not end by itself: a cancel ends it all the same, in seconds."""

from __future__ import annotations

import re
import time

import pytest
from tests.fault.user_code.conftest import Rogue

pytestmark = [pytest.mark.fault, pytest.mark.e2e]


@pytest.mark.parametrize(
    "handler",
    [
        "is_deaf",
        "waits_for_itself",
        pytest.param("swallows_everything", marks=pytest.mark.slow),
        pytest.param("holds_the_interpreter", marks=pytest.mark.slow),
    ],
)
def test_cancel_ends_it(rogue: Rogue, handler: str) -> None:
    process = rogue.start("model", "run", "-u", "naughty", "-h", f"naughty:{handler}", "-d", "d")
    rogue.wait(rogue.workers)
    job = rogue.jobs()[0].id
    began = time.monotonic()
    asked = rogue("job", "cancel", job)
    assert asked.returncode == 0, asked.stderr
    _, errors = process.communicate(timeout=30)
    # It has three seconds to end in good order.
    assert time.monotonic() - began < 12
    assert process.returncode == 130
    assert re.search(r"Error: job \w+ was canceled", errors)
    assert rogue.jobs()[0].state == "CANCELED"
    assert rogue.alive() == []
