"""States of a delivery, and when it is tried again."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

WAITING = "waiting"
DELIVERED = "delivered"
DEAD = "dead"
STATES = (WAITING, DELIVERED, DEAD)

#: For how long a delivery is tried.
PATIENCE = timedelta(hours=24)
_FIRST = 5.0
_LONGEST = 4 * 3600.0
_DOUBLINGS = 12


def next_try(attempts: int, created: datetime, now: datetime, draw: float | None = None) -> datetime | None:
    """When a delivery that has failed is tried again.

    The wait doubles from 5 seconds to 4 hours, a fifth more or less, so that those who failed together do
    not come back together.

    Args:
        attempts: How often it was tried, 1 or more.
        created: When it was first to be sent.
        now: The present moment.
        draw: A number from 0 to 1 for the fifth; at random by default.

    Returns:
        None when it is given up: 24 hours would be over.
    """
    wait = min(_LONGEST, _FIRST * 2 ** min(attempts - 1, _DOUBLINGS))
    wait *= 0.8 + 0.4 * (random.random() if draw is None else draw)  # noqa: S311  (no secret)
    due = now + timedelta(seconds=wait)
    return due if due <= created + PATIENCE else None
