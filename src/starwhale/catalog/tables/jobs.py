"""Jobs: their steps and tasks, the ranges of rows that workers lease, and the history of states."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from starwhale.catalog.tables.base import Base, RowId, ascii_text


class JobRow(Base):
    """One job.

    Attributes:
        id: Random, 40 characters of base32.
        handler: Id of the step that was asked for; the others are those it needs.
        state: A `JobState`; never UNKNOWN, which only readers see.
        want: What its owner asked for last: run, pause or cancel.
        want_cause: Who asked, and why.
        want_hurry: Workers are to be ended at once.
        cause: Why it is in `state`; the failure in one sentence where it failed.
        epoch: Counts the schedulers that have had the job. Whoever writes with an older one is refused.
        owner_host: Machine (and namespace) of the scheduler; empty while nobody runs the job.
        owner_pid: Its process there.
        owner_started: When that process started, in the words of its system: a number that is given again
            to another process does not fool anybody.
        heartbeat_at: When the scheduler last said that it lives.
        plan: Everything the job was made of, so that another process can run it again: a `JobPlan`.
        rows: Rows that its steps will read, all steps together.
        removed_at: Since when it lies in the trash.
    """

    __tablename__ = "jobs"
    __table_args__ = (Index("ix_jobs_project_id_created_at", "project_id", "created_at"),)

    id: Mapped[str] = mapped_column(ascii_text(40), primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    handler: Mapped[str]
    state: Mapped[str] = mapped_column(ascii_text(16), index=True)
    want: Mapped[str] = mapped_column(ascii_text(16))
    want_cause: Mapped[str]
    want_hurry: Mapped[bool]
    cause: Mapped[str]
    epoch: Mapped[int]
    owner_host: Mapped[str]
    owner_pid: Mapped[int]
    owner_started: Mapped[str]
    heartbeat_at: Mapped[datetime]
    plan: Mapped[dict[str, Any]]
    rows: Mapped[int]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class JobMarkRow(Base):
    """What a job's owner has noted about it; a job about which nothing was noted has none.

    Attributes:
        comment: His own words.
        pinned: It comes first in lists, and is not removed unless it is unpinned before.
        priority: Of jobs that wait in the queue the highest goes first.
        queued_at: Since when it waits to be run by whoever works through the queue; None where it does not.
    """

    __tablename__ = "job_marks"

    job_id: Mapped[str] = mapped_column(
        ascii_text(40), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True
    )
    comment: Mapped[str]
    pinned: Mapped[bool]
    priority: Mapped[int]
    queued_at: Mapped[datetime | None]


class StepRow(Base):
    """One step of a job: a node of its graph.

    Attributes:
        position: Its place in an order in which every step follows those it needs.
        handler: Id of the handler that its tasks call.
    """

    __tablename__ = "steps"

    job_id: Mapped[str] = mapped_column(
        ascii_text(40), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    handler: Mapped[str]
    state: Mapped[str] = mapped_column(ascii_text(16))
    cause: Mapped[str]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class TaskRow(Base):
    """One task: a replica of a step.

    Attributes:
        id: ``<position of the step>.<index>``, unique in the job.
        attempt: Counts how often it was handed to a worker; older attempts may write nothing.
        deaths: Workers that died with it in a row, none of them having got anywhere.
        worker: Who has or had it, for people to read.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        ForeignKeyConstraint(["job_id", "step"], ["steps.job_id", "steps.position"], ondelete="CASCADE"),
    )

    job_id: Mapped[str] = mapped_column(ascii_text(40), primary_key=True)
    id: Mapped[str] = mapped_column(ascii_text(24), primary_key=True)
    step: Mapped[int]
    index: Mapped[int]
    state: Mapped[str] = mapped_column(ascii_text(16))
    attempt: Mapped[int]
    deaths: Mapped[int]
    worker: Mapped[str]
    cause: Mapped[str]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class UsageRow(Base):
    """What one attempt at a task has used, its child processes included; see `jobs.usage.Usage`."""

    __tablename__ = "task_usages"

    job_id: Mapped[str] = mapped_column(
        ascii_text(40), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True
    )
    task: Mapped[str] = mapped_column(ascii_text(24), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seconds: Mapped[float]
    cpu_seconds: Mapped[float]
    memory: Mapped[int]
    memory_peak: Mapped[int]
    bytes_read: Mapped[int]
    bytes_written: Mapped[int]


class RangeRow(Base):
    """Work that one worker at a time holds a lease on: a range of rows, or all of a task that reads none.

    Attributes:
        task: The only task that may lease it; None where the tasks of the step share it.
        dataset: Which of the step's datasets, counted from 0; -1 where no rows are read.
        start_key: First key still to be done, as JSON; null: from the beginning. It moves on with the rows.
        end_key: First key that is not part of it, as JSON; null: to the end.
        rows: Rows in it when it was planned.
        done: Rows of it that are durable, `failed` of them with an error as their result.
        token: Fencing token: each lease and each taking back makes a new one, and a result is accepted
            only together with the newest.
        holder: Task that has the lease or had it last, and which attempt of it.
        expires_at: When the lease ends unless it is prolonged.
        moved: Rows that became durable under the present or last lease.
        deaths: Workers that died on it in a row without getting a row further.
    """

    __tablename__ = "ranges"
    __table_args__ = (
        ForeignKeyConstraint(["job_id", "step"], ["steps.job_id", "steps.position"], ondelete="CASCADE"),
        Index("ix_ranges_job_id_step_state_position", "job_id", "step", "state", "position"),
    )

    id: Mapped[RowId]
    job_id: Mapped[str] = mapped_column(ascii_text(40))
    step: Mapped[int]
    position: Mapped[int]
    task: Mapped[str | None] = mapped_column(ascii_text(24))
    dataset: Mapped[int]
    start_key: Mapped[str | None]
    end_key: Mapped[str | None]
    rows: Mapped[int]
    done: Mapped[int]
    failed: Mapped[int]
    state: Mapped[str] = mapped_column(ascii_text(16))
    token: Mapped[int]
    holder: Mapped[str] = mapped_column(ascii_text(24))
    holder_attempt: Mapped[int]
    expires_at: Mapped[datetime | None]
    moved: Mapped[int]
    deaths: Mapped[int]


class JobEventRow(Base):
    """One change of state, with its time and cause, written by the transaction that made it.

    Attributes:
        subject: job, step or task.
        name: Which one: empty, the step's position, or the task's id.
    """

    __tablename__ = "job_events"
    __table_args__ = (Index("ix_job_events_job_id_id", "job_id", "id"),)

    id: Mapped[RowId]
    job_id: Mapped[str] = mapped_column(ascii_text(40), ForeignKey("jobs.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    subject: Mapped[str] = mapped_column(ascii_text(8))
    name: Mapped[str] = mapped_column(ascii_text(24))
    old: Mapped[str] = mapped_column(ascii_text(16))
    new: Mapped[str] = mapped_column(ascii_text(16))
    cause: Mapped[str]
