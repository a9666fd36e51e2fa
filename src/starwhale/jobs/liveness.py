"""Whether the scheduler of a job still lives."""

from __future__ import annotations

from datetime import datetime, timedelta

from starwhale.jobs.states import JobState
from starwhale.kit.process import ProcessId, is_alive

#: States in which a scheduler must be at work.
ATTENDED = frozenset({JobState.READY, JobState.RUNNING, JobState.CANCELLING})


def lives(owner: ProcessId | None, heartbeat: datetime, now: datetime, patience: timedelta) -> bool:
    """Whether `owner` is at work.

    Args:
        owner: The process that has the job; None where none has.
        heartbeat: When it last said that it lives.
        now: The present moment.
        patience: After this much silence a process that cannot be seen from here counts as dead. One that
            can be seen is simply looked for: it may sleep with its machine for as long as it likes.
    """
    if owner is None or not owner.host:
        return False
    seen = is_alive(owner)
    return seen if seen is not None else now - heartbeat < patience


def shown(state: JobState, alive: bool) -> JobState:
    """The state that a reader is shown: nothing runs whose scheduler is gone."""
    return JobState.UNKNOWN if state in ATTENDED and not alive else state
