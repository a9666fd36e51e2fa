"""How quickly the tasks of steps are over, and so how many may be given to a worker ahead of time."""

from __future__ import annotations

#: Tasks that are over quickly may wait in a worker: as many as will take about so many seconds.
AHEAD_SECONDS = 0.1
MOST_AHEAD = 256


class Pace:
    """Seconds per task, by step."""

    def __init__(self) -> None:
        self._seconds: dict[int, float] = {}

    def note(self, step: int, tasks: int, seconds: float) -> None:
        """So many tasks took so many seconds, one after the other."""
        took = max(seconds / tasks, 1e-6)
        known = self._seconds.get(step, took)
        # One that takes long shows at once that they are not so quick; the rest takes a while to believe.
        self._seconds[step] = max(took, 0.8 * known + 0.2 * took)

    def room(self, step: int) -> int:
        """How many tasks of a step one worker may have at a time, the one that it runs included."""
        seconds = self._seconds.get(step)
        return 1 if seconds is None else max(1, min(MOST_AHEAD, int(AHEAD_SECONDS / seconds)))
