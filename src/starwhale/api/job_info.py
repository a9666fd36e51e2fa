"""What a job is, in a few words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from starwhale.jobs.schemas import JobRead
    from starwhale.jobs.usage import UsageTotals


@dataclass(frozen=True, slots=True, kw_only=True)
class JobInfo:
    """The facts of a job that one asks for first; `Job.info` has all.

    Attributes:
        id: Its whole id.
        project: Name of its project.
        handler: What it runs.
        status: CREATED, READY, PAUSED, RUNNING, CANCELLING, CANCELED, SUCCESS, FAIL or UNKNOWN.
        cause: Why it is in that state; the failure in one sentence where it failed.
        model: The version of the model, or the directory that it ran.
        datasets: Addresses of the versions of its data.
        runtime: The version of its runtime; empty where it has none.
        rows: Rows it reads, 0 where it reads none.
        done: Those of them that are done.
        failed: Those of them whose result is an error.
        created_at: When it was made.
        started_at: When it began; None before that.
        finished_at: When it ended; None before that.
        comment: Its owner's own words.
        usage: What all attempts at its tasks have used; None where that was not recorded.
    """

    id: str
    project: str
    handler: str
    status: str
    cause: str
    model: str
    datasets: tuple[str, ...]
    runtime: str
    rows: int
    done: int
    failed: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    comment: str
    usage: UsageTotals | None = None

    @classmethod
    def of(cls, job: JobRead) -> JobInfo:
        """What of all that is known."""
        plan = job.plan
        return cls(
            id=job.id,
            project=job.project,
            handler=job.handler,
            status=str(job.state),
            cause=job.cause,
            model=plan.model or plan.source,
            datasets=tuple(each.uri for each in plan.datasets),
            runtime=plan.runtime,
            rows=job.rows,
            done=job.done,
            failed=job.failed,
            created_at=job.created_at,
            started_at=job.started_at,
            finished_at=job.finished_at,
            comment=job.comment,
            usage=job.usage,
        )

    def __str__(self) -> str:
        from starwhale.core.version import short

        rows = f", {self.done:,} of {self.rows:,} rows" if self.rows else ""
        cause = f": {self.cause}" if self.cause else ""
        return f"job {short(self.id)} ({self.handler}{rows}) is {self.status}{cause}"

    def __repr__(self) -> str:
        return f"<JobInfo {self}>"
