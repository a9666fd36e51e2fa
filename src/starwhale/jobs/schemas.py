"""What the services of jobs take and hand out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from starwhale.core.revisions import revision_of
from starwhale.jobs.states import JobState, StepState, Subject, TaskState, Want
from starwhale.jobs.usage import add_up

if TYPE_CHECKING:
    from datetime import datetime

    from starwhale.jobs.plan import JobPlan
    from starwhale.jobs.usage import Usage, UsageTotals
    from starwhale.kit.process import ProcessId


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRead:
    """One task of a job.

    Attributes:
        id: Unique in the job.
        step: Position of its step.
        index: Its number in the step.
        worker: Who has or had it.
        attempt: How often it was handed to a worker.
        cause: Why it is in its state.
        usage: What its newest attempt has used; None where that was not recorded.
    """

    id: str
    step: int
    index: int
    state: TaskState
    attempt: int
    worker: str
    cause: str
    started_at: datetime | None
    finished_at: datetime | None
    usage: Usage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRead:
    """One step of a job.

    Attributes:
        position: Its place in the order of steps.
        handler: Id of the handler it calls.
        rows: Rows it reads, 0 where it reads none.
        done: Those of them that are done and durable.
        failed: Those of them whose result is an error.
        tasks: Its tasks; empty where only jobs were asked for.
        usage: What all attempts at its tasks have used; None where that was not recorded.
    """

    position: int
    handler: str
    state: StepState
    cause: str
    rows: int
    done: int
    failed: int
    started_at: datetime | None
    finished_at: datetime | None
    tasks: tuple[TaskRead, ...] = ()
    usage: UsageTotals | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRead:
    """One job.

    Attributes:
        state: As its owner should see it: UNKNOWN where its scheduler is gone before the end.
        want: What was asked for last.
        cause: Why it is in its state; the failure in one sentence where it failed.
        plan: What it is made of, all versions resolved.
        rows: Rows it reads, all steps together.
        done: Those of them that are done and durable.
        failed: Those of them whose result is an error.
        scheduler: The process that runs it, or ran it when it was last seen; None where none does.
        heartbeat_at: When that process last said that it lives.
        steps: Its steps; empty in a list of jobs.
        removed_at: Since when it lies in the trash.
        comment: Its owner's own words.
        pinned: It comes first in lists, and must be unpinned before it is removed.
        priority: Of jobs that wait in the queue the highest goes first.
        queued_at: Since when it waits in the queue; None where it does not.
        broken: Why its row in the catalog cannot be read as a whole, which is in `cause` too; empty where it
            can. What cannot be read is shown as UNKNOWN or left out, and such a job is not run.
    """

    id: str
    project: str
    handler: str
    state: JobState
    want: Want
    cause: str
    plan: JobPlan
    rows: int
    done: int
    failed: int
    scheduler: ProcessId | None
    heartbeat_at: datetime
    created_at: datetime
    created_by: str
    started_at: datetime | None
    finished_at: datetime | None
    removed_at: datetime | None
    steps: tuple[StepRead, ...] = ()
    comment: str = ""
    pinned: bool = False
    priority: int = 0
    queued_at: datetime | None = None
    broken: str = ""

    @property
    def revision(self) -> str:
        """Says what is noted about it: whoever changes that names what he saw."""
        return revision_of(self.comment, self.pinned)

    @property
    def usage(self) -> UsageTotals | None:
        """What all attempts have used; None where that was not recorded, and in a list of jobs."""
        return add_up(step.usage for step in self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilter:
    """Which jobs of a project are wanted, and in what order; what is empty is not asked for.

    Attributes:
        states: One of these, as readers are shown them: a job whose scheduler is gone is UNKNOWN.
        handler: Part of the id of the handler.
        model: Name of the model.
        owner: Who made it.
        text: Part of the comment, of the names of handler and model, or the beginning of the id.
        pinned: Whether it is.
        removed: Whether those in the trash are left out, are among them, or are the only ones.
        sort: What they are ordered by; empty: those that are pinned first, then the newest.
        descending: The last first.
    """

    states: tuple[JobState, ...] = ()
    handler: str = ""
    model: str = ""
    owner: str = ""
    text: str = ""
    pinned: bool | None = None
    removed: Literal["hidden", "shown", "only"] = "hidden"
    sort: Literal["", "created", "started", "finished", "handler", "state", "owner"] = ""
    descending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEventRead:
    """One change of state in the history of a job.

    Attributes:
        id: Counts up; the next page begins after it.
        name: Empty for the job, the position of a step, the id of a task.
    """

    id: int
    at: datetime
    subject: Subject
    name: str
    old: str
    new: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogChunk:
    """A piece of the log of a task.

    Attributes:
        data: Its bytes; empty when nothing is there beyond the offset.
        next: Where to go on.
        ended: The task is at rest and nothing more will come.
    """

    data: bytes
    next: int
    ended: bool
