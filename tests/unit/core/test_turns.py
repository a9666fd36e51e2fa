"""Work in turns: one at a time, and nobody waits without end."""

from __future__ import annotations

from threading import Lock

import pytest

from starwhale.core.errors import Unavailable
from starwhale.core.turns import turn


def test_whoever_would_wait_for_long_comes_again_and_the_next_is_let_in() -> None:
    lock = Lock()
    with (
        turn(lock, 0.0, "others work"),
        pytest.raises(Unavailable, match="others work"),
        turn(lock, 0.01, "others work"),
    ):
        raise AssertionError("two at once")
    with pytest.raises(ZeroDivisionError), turn(lock, 0.01, "others work"):
        raise ZeroDivisionError
    with turn(lock, 0.01, "others work"):
        assert lock.locked()
