"""Jobs in a terminal: lists, and the run that is waited for."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from starwhale.cli import units
from starwhale.cli.progress import JobDisplay, StepProgress
from starwhale.kit.times import utc_now

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from starwhale.cli.output import Column
    from starwhale.cli.session import Session
    from starwhale.core.uri import JobUri
    from starwhale.jobs.progress import JobProgress, Watch
    from starwhale.jobs.schemas import JobRead, StepRead, TaskRead

SUMMARY_FIRST = ("kind", "accuracy")


def facts(job: JobRead) -> dict[str, Any]:
    """What JSON tells about a job, without its steps."""
    plan = job.plan
    return {
        "id": job.id,
        "project": job.project,
        "handler": job.handler,
        "state": job.state,
        "cause": job.cause,
        "model": plan.model or plan.source,
        "code": plan.code,
        "runtime": plan.runtime,
        "datasets": [each.uri for each in plan.datasets],
        "rows": job.rows,
        "done": job.done,
        "failed": job.failed,
        "created_at": job.created_at,
        "created_by": job.created_by,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "removed_at": job.removed_at,
        "comment": job.comment,
        "pinned": job.pinned,
        "priority": job.priority,
        "queued_at": job.queued_at,
    }


def line(session: Session, job: JobRead) -> dict[str, Any]:
    """A row of the list."""
    shown = {
        "model_name": job.plan.model_name,
        "dataset_names": ", ".join(each.name for each in job.plan.datasets),
        "took": took(session, job),
        "note": ", ".join(part for part in ("pinned" if job.pinned else "", job.comment) if part),
    }
    return facts(job) if session.json else {**facts(job), **shown}


def columns(session: Session, *, fullname: bool, noted: bool) -> tuple[Column, ...]:
    """Columns of the list; what owners have noted is one where something is."""
    from starwhale.cli.output import Column
    from starwhale.core.version import short

    return (
        Column(key="id", show=str if fullname else short),
        Column(key="state"),
        Column(key="handler", cut=True, rank=1),
        Column(key="model_name", title="MODEL", cut=True, rank=3),
        Column(key="dataset_names", title="DATASETS", cut=True, rank=4),
        Column(key="took", right=True, rank=5),
        session.out.moments("created_at", title="CREATED", rank=2),
        *((Column(key="note", cut=True, rank=6),) if noted else ()),
    )


def took(session: Session, job: JobRead | StepRead | TaskRead) -> str:
    """How long something has run; empty where it has not begun."""
    if job.started_at is None:
        return ""
    # The command may have begun before the job did.
    end = job.finished_at or max(session.out.now, utc_now())
    return units.span((end - job.started_at).total_seconds())


def short_names(handlers: Sequence[str]) -> list[str]:
    """Ids of handlers as people call them: without their module where that leaves each its own name."""
    brief = [each.rpartition(":")[2] for each in handlers]
    times = Counter(brief)
    return [name if times[name] == 1 else each for name, each in zip(brief, handlers, strict=True)]


def rows_done(job: JobRead | StepRead) -> str:
    """How many rows are done; empty where none are read."""
    if not job.rows:
        return ""
    failed = f", {units.number(job.failed)} failed" if job.failed else ""
    return f"{units.number(job.done)} of {units.number(job.rows)} done{failed}"


def step_facts(step: StepRead) -> dict[str, Any]:
    """What JSON tells about a step and its tasks."""
    from starwhale.cli.plain import plain

    return plain(step)


def show_summary(session: Session, summary: Mapping[str, Any]) -> None:
    """Print the summary of an evaluation, plain figures first; text in full, to be copied."""
    from starwhale.cli.rows import cell

    if not summary:
        return
    plain = sorted(name for name in summary if "/" not in name and name not in SUMMARY_FIRST)
    nested = sorted(name for name in summary if "/" in name)
    order = [*(name for name in SUMMARY_FIRST if name in summary), *plain, *nested]
    session.out.blank()
    told = [(name, value if isinstance(value := summary[name], str) else cell(value)) for name in order]
    session.out.record(told, None)


def tell(session: Session, job: JobRead) -> None:
    """Say in one line where a job stands."""
    from starwhale.core.version import short

    cause = f": {job.cause}" if job.cause else ""
    session.out.line(f"job {short(job.id)} is {job.state}{cause}", facts(job))


def report(session: Session, job: JobRead) -> None:
    """Tell how a run ended: the state, the time, and the figures that stand for all the others."""
    from starwhale.core.version import short

    store = session.instance.results(job.plan.log_project or job.project, job.id)
    summary = store.get_summary()
    if session.json:
        steps = [step_facts(step) for step in job.steps]
        session.out.document({**facts(job), "steps": steps, "summary": summary})
        return
    rows = rows_done(job)
    told = ", ".join(part for part in (took(session, job), rows) if part)
    session.out.line(f"job {short(job.id)} is {job.state} ({told})", None)
    show_summary(session, {name: value for name, value in summary.items() if "/" not in name})
    if job.state == "SUCCESS":
        session.out.say(f"`swcli job info {short(job.id)}` shows everything")


@contextmanager
def watching(session: Session, uri: JobUri) -> Generator[Watch]:
    """Shows on stderr how far a job is, and what tasks print that read no rows."""
    from starwhale.cli.logs import Follower

    follower = Follower(session, uri, all_tasks=session.verbose > 0)
    console = session.out.console(stderr=True)
    with JobDisplay(console, quiet=session.json) as display:

        def watch(progress: JobProgress) -> None:
            follower.pump(display.print)
            names = short_names([step.handler for step in progress.steps])
            display.show(
                [
                    StepProgress(
                        name=name,
                        state=step.state,
                        done=step.done,
                        total=step.rows,
                        failed=step.failed,
                        tasks=step.tasks,
                        tasks_done=step.tasks_done,
                        tasks_failed=step.tasks_failed,
                        workers=step.workers,
                    )
                    for step, name in zip(progress.steps, names, strict=True)
                ]
            )

        yield watch
        follower.pump(display.print, last=True)
