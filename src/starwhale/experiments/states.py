"""How a run stands, told from what is known of its processes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from starwhale.experiments.schemas import ProcessRead, RunState

SILENCE = timedelta(seconds=120)
"""A process that cannot be seen from here and was not heard of for so long is gone."""


def is_running(process: ProcessRead, now: datetime) -> bool:
    """Whether a process is still at work."""
    if process.ended_at is not None:
        return False
    if process.alive is None:
        return now - process.seen_at < SILENCE
    return process.alive


def state_of(processes: Sequence[ProcessRead], now: datetime) -> RunState:
    """The state of a run with these processes.

    One that failed or died counts no more when another one joined after it and ended well, as a run does
    that is taken up again. How a forked child ends is the business of its parent.
    """
    if any(is_running(process, now) for process in processes):
        return RunState.RUNNING
    own = [process for process in processes if not process.forked] or list(processes)
    open_ends = [process for process in own if not _is_redeemed(process, own)]
    if any(process.ended_at is None for process in open_ends):
        return RunState.DEAD
    return RunState.FAILED if open_ends else RunState.FINISHED


def blame(processes: Sequence[ProcessRead], now: datetime) -> str:
    """Why a run failed or died, in one line; empty where it did neither."""
    own = [process for process in processes if not process.forked] or list(processes)
    for process in own:
        if is_running(process, now) or _is_redeemed(process, own):
            continue
        if process.ended_at is None:
            host = process.host.partition("/")[0]
            return f"process {process.pid} on {host} is gone and had not ended the run"
        return process.error
    return ""


def end_of(processes: Sequence[ProcessRead], now: datetime) -> datetime | None:
    """When the last process ended or was last heard of; None while one runs."""
    if any(is_running(process, now) for process in processes):
        return None
    return max((process.ended_at or process.seen_at for process in processes), default=None)


def _is_redeemed(process: ProcessRead, others: Sequence[ProcessRead]) -> bool:
    if process.ended_at is not None and not process.failed:
        return True
    gone = process.ended_at or process.seen_at
    return any(
        other.ended_at is not None and not other.failed and other.joined_at >= gone for other in others
    )
