"""States of jobs, steps, tasks and ranges, and the one table of legal transitions.

UNKNOWN is never stored: it is what a reader is shown for a job whose scheduler is gone, and for whatever is
in a state that this release does not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from starwhale.core.errors import Conflict


class JobState(StrEnum):
    """States of a job."""

    CREATED = "CREATED"
    READY = "READY"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    CANCELLING = "CANCELLING"
    CANCELED = "CANCELED"
    SUCCESS = "SUCCESS"
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"


class StepState(StrEnum):
    """States of a step."""

    CREATED = "CREATED"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    CANCELED = "CANCELED"
    SUCCESS = "SUCCESS"
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"


class TaskState(StrEnum):
    """States of a task.

    ASSIGNING: handed to the executor; PREPARING: a worker has it and loads the user's code; RETRYING: its
    worker died and its leases are being taken back.
    """

    CREATED = "CREATED"
    READY = "READY"
    ASSIGNING = "ASSIGNING"
    PREPARING = "PREPARING"
    RUNNING = "RUNNING"
    RETRYING = "RETRYING"
    PAUSED = "PAUSED"
    CANCELLING = "CANCELLING"
    CANCELED = "CANCELED"
    SUCCESS = "SUCCESS"
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"


class RangeState(StrEnum):
    """States of a range of rows (or of the one unit of work of a task that reads no rows)."""

    PENDING = "PENDING"
    LEASED = "LEASED"
    DONE = "DONE"


class Subject(StrEnum):
    """Whose state a change is about."""

    JOB = "job"
    STEP = "step"
    TASK = "task"


class Want(StrEnum):
    """What the owner of a job asked for last."""

    RUN = "run"
    PAUSE = "pause"
    CANCEL = "cancel"


State = JobState | StepState | TaskState

FINAL_JOB = frozenset({JobState.CANCELED, JobState.SUCCESS, JobState.FAIL})
FINAL_TASK = frozenset({TaskState.CANCELED, TaskState.SUCCESS, TaskState.FAIL})

#: A worker has the task, or may have it.
LIVE_TASK = frozenset({TaskState.ASSIGNING, TaskState.PREPARING, TaskState.RUNNING, TaskState.CANCELLING})

_J, _S, _T = JobState, StepState, TaskState

# FAIL and CANCELED lead back to READY: what was canceled or failed for want of disk may be resumed.
JOB_TRANSITIONS: Mapping[JobState, frozenset[JobState]] = {
    _J.CREATED: frozenset({_J.READY, _J.CANCELED, _J.FAIL}),
    _J.READY: frozenset({_J.RUNNING, _J.PAUSED, _J.CANCELLING, _J.CANCELED, _J.FAIL}),
    _J.RUNNING: frozenset({_J.READY, _J.PAUSED, _J.CANCELLING, _J.CANCELED, _J.SUCCESS, _J.FAIL}),
    _J.PAUSED: frozenset({_J.READY, _J.CANCELED}),
    _J.CANCELLING: frozenset({_J.READY, _J.CANCELED}),
    _J.CANCELED: frozenset({_J.READY}),
    _J.SUCCESS: frozenset(),
    _J.FAIL: frozenset({_J.READY}),
    _J.UNKNOWN: frozenset(),
}

STEP_TRANSITIONS: Mapping[StepState, frozenset[StepState]] = {
    _S.CREATED: frozenset({_S.RUNNING, _S.CANCELED}),
    _S.RUNNING: frozenset({_S.CREATED, _S.PAUSED, _S.CANCELED, _S.SUCCESS, _S.FAIL}),
    _S.PAUSED: frozenset({_S.CREATED, _S.CANCELED}),
    _S.CANCELED: frozenset({_S.CREATED}),
    _S.SUCCESS: frozenset(),
    _S.FAIL: frozenset({_S.CREATED}),
    _S.UNKNOWN: frozenset(),
}

_ENDS = frozenset({_T.PAUSED, _T.CANCELED, _T.FAIL})

# Every state with a worker leads back to READY: a new scheduler takes over what the dead one had running.
TASK_TRANSITIONS: Mapping[TaskState, frozenset[TaskState]] = {
    _T.CREATED: frozenset({_T.READY, _T.CANCELED}),
    _T.READY: frozenset({_T.ASSIGNING, _T.PAUSED, _T.CANCELED}),
    _T.ASSIGNING: frozenset({_T.READY, _T.PREPARING, _T.RUNNING, _T.RETRYING, _T.CANCELLING, _T.SUCCESS})
    | _ENDS,
    _T.PREPARING: frozenset({_T.READY, _T.RUNNING, _T.RETRYING, _T.CANCELLING, _T.SUCCESS}) | _ENDS,
    _T.RUNNING: frozenset({_T.READY, _T.RETRYING, _T.CANCELLING, _T.SUCCESS}) | _ENDS,
    _T.RETRYING: frozenset({_T.READY}) | _ENDS,
    _T.PAUSED: frozenset({_T.READY, _T.CANCELED}),
    _T.CANCELLING: frozenset({_T.READY, _T.SUCCESS}) | _ENDS,
    _T.CANCELED: frozenset({_T.READY}),
    _T.SUCCESS: frozenset(),
    _T.FAIL: frozenset({_T.READY}),
    _T.UNKNOWN: frozenset(),
}

_BY_SUBJECT: Mapping[Subject, Mapping[str, frozenset[State]]] = {
    Subject.JOB: {old.value: frozenset(new) for old, new in JOB_TRANSITIONS.items()},
    Subject.STEP: {old.value: frozenset(new) for old, new in STEP_TRANSITIONS.items()},
    Subject.TASK: {old.value: frozenset(new) for old, new in TASK_TRANSITIONS.items()},
}


def is_legal(subject: Subject, old: State, new: State) -> bool:
    """Whether `subject` may go from `old` to `new` in one change; staying is no change and not legal."""
    return new in _BY_SUBJECT[subject][old.value]


def check(subject: Subject, name: str, old: State, new: State) -> None:
    """Refuse a change that the table does not hold.

    Raises:
        Conflict: naming the subject and both states.
    """
    if not is_legal(subject, old, new):
        raise Conflict(f"{subject} {name} is {old} and cannot become {new}")
