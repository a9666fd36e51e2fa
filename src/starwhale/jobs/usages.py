"""What attempts have used, as rows: one each, brought up to date while it runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from starwhale.catalog.insertion import put_all
from starwhale.catalog.tables.jobs import StepRow, TaskRow, UsageRow
from starwhale.jobs.usage import AttemptUsage, TaskUsage, Usage, UsageTotals

#: Attempts at a task that are told of.
MOST_ATTEMPTS = 100


@dataclass(frozen=True, slots=True)
class UsageRepository:
    """Usage of tasks in the transaction `session`."""

    session: Session

    def put(self, job: str, told: Iterable[TaskUsage]) -> None:
        """Write down what attempts have used so far."""
        rows = [
            {"job_id": job, "task": each.task, "attempt": each.attempt, **asdict(each.usage)} for each in told
        ]
        put_all(self.session, UsageRow, rows)

    def has_step(self, job: str, position: int) -> bool:
        """Whether a job has a step at a position."""
        query = select(StepRow.position).where(StepRow.job_id == job, StepRow.position == position)
        return self.session.scalar(query) is not None

    def of_tasks(self, job: str) -> dict[str, Usage]:
        """What the newest attempt at each task has used, where that was recorded."""
        query = select(UsageRow).join(
            TaskRow,
            (TaskRow.job_id == UsageRow.job_id)
            & (TaskRow.id == UsageRow.task)
            & (TaskRow.attempt == UsageRow.attempt),
        )
        found = self.session.scalars(query.where(UsageRow.job_id == job))
        return {row.task: _usage(row) for row in found}

    def of_task(self, job: str, task: str) -> tuple[AttemptUsage, ...]:
        """What each attempt at a task has used, in their order; of many only the last ones."""
        query = select(UsageRow).where(UsageRow.job_id == job, UsageRow.task == task)
        found = self.session.scalars(query.order_by(UsageRow.attempt.desc()).limit(MOST_ATTEMPTS)).all()
        return tuple(AttemptUsage(attempt=row.attempt, usage=_usage(row)) for row in reversed(found))

    def of_steps(self, job: str) -> dict[int, UsageTotals]:
        """What all attempts at the tasks of each step have used, where that was recorded."""
        query = (
            select(
                TaskRow.step,
                func.count(),
                func.sum(UsageRow.cpu_seconds),
                func.max(UsageRow.memory_peak),
                func.sum(UsageRow.bytes_read),
                func.sum(UsageRow.bytes_written),
            )
            .join(TaskRow, (TaskRow.job_id == UsageRow.job_id) & (TaskRow.id == UsageRow.task))
            .where(UsageRow.job_id == job)
            .group_by(TaskRow.step)
        )
        return {row[0]: _totals(row) for row in self.session.execute(query)}


def _usage(row: UsageRow) -> Usage:
    return Usage(
        seconds=row.seconds,
        cpu_seconds=row.cpu_seconds,
        memory=row.memory,
        memory_peak=row.memory_peak,
        bytes_read=row.bytes_read,
        bytes_written=row.bytes_written,
    )


def _totals(row: Row[*tuple[Any, ...]] | Sequence[Any]) -> UsageTotals:
    _, attempts, cpu, peak, read, written = row
    return UsageTotals(
        attempts=attempts,
        cpu_seconds=cpu,
        memory_peak=int(peak),
        bytes_read=int(read),
        bytes_written=int(written),
    )
