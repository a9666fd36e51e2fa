"""When a job is ended by itself: its auto-release time, counted from when it was begun."""

from __future__ import annotations

import time
from datetime import datetime

from starwhale.jobs.events import Event, Requested
from starwhale.jobs.states import Want


class ReleaseTime:
    """Has one job canceled when its time is over, whoever runs it by then.

    Args:
        seconds: Its auto-release time; 0 for none.
        since: When it was begun, by whoever had it before; None where it begins now.
        now: The present moment.
    """

    def __init__(self, seconds: float, since: datetime | None, now: datetime) -> None:
        spent = 0.0 if since is None else max(0.0, (now - since).total_seconds())
        self._ends = time.monotonic() + seconds - spent if seconds else None
        self._cause = f"its auto-release time of {seconds:g} s is over"

    def due(self) -> list[Event]:
        """What the scheduler is to be told, once, when the time is over."""
        if self._ends is None or time.monotonic() < self._ends:
            return []
        self._ends = None
        return [Requested(want=Want.CANCEL, cause=self._cause)]
