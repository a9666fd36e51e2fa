"""What the scheduler is told and what it orders. Values only: `scheduler.turn` stands between them."""

from __future__ import annotations

from dataclasses import dataclass

from starwhale.jobs.states import JobState, State, Subject, Want
from starwhale.jobs.usage import TaskUsage


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """The scheduler has the job, and nothing of it runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Time passes.

    Attributes:
        now: Seconds of a clock that never goes back.
    """

    now: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """Somebody asked for the job to run, to pause or to be canceled.

    Attributes:
        want: What.
        cause: Who and why.
        hurry: Do not wait for anybody: workers are killed at once.
    """

    want: Want
    cause: str
    hurry: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPreparing:
    """A worker has the task and loads the user's code."""

    task: str
    attempt: int
    worker: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRunning:
    """The user's function is about to be called."""

    task: str
    attempt: int
    worker: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDone:
    """No work is left for the task and all it did is durable."""

    task: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFailed:
    """The user's code raised, or the task cannot be done; trying again would not help."""

    task: str
    attempt: int
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStopped:
    """The worker let go of the task before its end, because it was told to or lost its lease."""

    task: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLost:
    """The worker died or fell silent.

    Attributes:
        silent: It may still be there: it is to be killed before its work is given to another.
    """

    task: str
    attempt: int
    cause: str
    silent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """The leases of a lost attempt were taken back.

    Attributes:
        progressed: The attempt had made something durable.
        exhausted: Why the work must not be tried once more; empty while it may.
    """

    task: str
    attempt: int
    progressed: bool = False
    exhausted: str = ""


TaskEvent = TaskPreparing | TaskRunning | TaskDone | TaskFailed | TaskStopped | TaskLost
Event = Begin | Tick | Requested | Released | TaskEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of state, to be stored if the state is still `old`.

    Attributes:
        name: Empty for the job, the position of a step, the id of a task.
        attempt: Of a task: its attempt from now on.
        deaths: Of a task: workers that died with it in a row.
        worker: Of a task: who has it from now on; empty for no change.
    """

    subject: Subject
    name: str
    old: State
    new: State
    cause: str = ""
    attempt: int = 0
    deaths: int = 0
    worker: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Take back what an attempt has leased; `Released` answers for an attempt that was lost.

    Attributes:
        died: A worker died on it, which counts against the rows it had.
    """

    task: str
    attempt: int
    died: bool
    cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit:
    """Have a worker run one attempt at a task."""

    task: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """End an attempt.

    Attributes:
        want: PAUSE: between two rows, with what is done made durable. CANCEL: as soon as possible.
        grace: Seconds after which its worker is killed; 0: at once.
    """

    task: str
    attempt: int
    want: Want
    grace: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """The scheduler has nothing more to do."""

    state: JobState
    cause: str


#: What goes into the catalog in one transaction, before anything else of the same turn is done.
Stored = Change | Release | TaskUsage
Action = Change | Release | Submit | Stop | Finish
