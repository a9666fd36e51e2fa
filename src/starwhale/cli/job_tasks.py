"""The tasks of a job, and how it came to be as it is."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from starwhale.cli import units
from starwhale.cli.job_use import use_columns, use_of
from starwhale.cli.jobs import short_names, took
from starwhale.core.version import short

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from starwhale.cli.session import Session
    from starwhale.jobs.schemas import JobEventRead, JobRead, TaskRead

# more tasks than this are told in numbers
MOST_TASKS = 30
MOST_FAILED, MOST_SLOW = 10, 5
# more events than this are told without those of tasks that went well
MOST_EVENTS = 60
MOST_TROUBLES = 30
TROUBLES = frozenset({"FAIL", "RETRYING"})


def task_facts(session: Session, job: JobRead) -> list[dict[str, Any]]:
    """What JSON tells about the tasks, with the bytes that each has printed."""
    from starwhale.cli.plain import plain

    sizes = _log_sizes(session, job)
    tasks = (task for step in job.steps for task in step.tasks)
    return [{**plain(task), "log_bytes": sizes.get(task.id, 0)} for task in tasks]


def show_tasks(session: Session, job: JobRead) -> None:
    """Print the tasks; of many only numbers, those that failed first, and those that took longest."""
    tasks = [task for step in job.steps for task in step.tasks]
    sizes = _log_sizes(session, job)
    if len(tasks) <= MOST_TASKS:
        _table(session, job, tasks, sizes)
    else:
        _show_counts(session, job)
        failed = sorted((task for task in tasks if task.state == "FAIL"), key=_end)
        again = [task for task in tasks if task.attempt > 1 and task.state != "FAIL"]
        ran = [task for task in tasks if task.started_at is not None and task.state != "CANCELED"]
        slow = sorted(ran, key=lambda task: -_seconds(session, task))
        for title, some, most in (
            ("FAILED FIRST", failed, MOST_FAILED),
            ("TRIED AGAIN", again, MOST_SLOW),
            ("TOOK LONGEST", slow, MOST_SLOW),
        ):
            if some:
                session.out.blank()
                session.out.line(f"{title} ({min(most, len(some))} of {units.number(len(some))})", None)
                _table(session, job, some[:most], sizes)
    if sizes:
        first = next(
            (task.id for task in tasks if task.state == "FAIL" and task.id in sizes), next(iter(sizes))
        )
        total = units.size(sum(sizes.values()))
        session.out.say(f"({total} of logs: `swcli job logs {short(job.id)} {first}` prints that of a task)")


def _names(job: JobRead) -> list[str]:
    return short_names([step.handler for step in job.steps])


def _log_sizes(session: Session, job: JobRead) -> dict[str, int]:
    service = session.instance.jobs
    found = service.log_sizes(session.actor, service.uri(job))
    return {task: size for task, size in found.items() if size}


def _end(task: TaskRead) -> float:
    moment = task.finished_at or task.started_at
    return moment.timestamp() if moment else 0.0


def _seconds(session: Session, task: TaskRead) -> float:
    if task.started_at is None:
        return 0.0
    return ((task.finished_at or session.out.now) - task.started_at).total_seconds()


def _show_counts(session: Session, job: JobRead) -> None:
    from starwhale.cli.output import Column

    rows = [
        {
            "step": name,
            "tasks": units.number(len(step.tasks)),
            "states": ", ".join(
                f"{units.number(many)} {state}"
                for state, many in Counter(str(task.state) for task in step.tasks).most_common()
            ),
        }
        for step, name in zip(job.steps, _names(job), strict=True)
    ]
    session.out.table(rows, (Column(key="step"), Column(key="tasks", right=True), Column(key="states")))


def _table(session: Session, job: JobRead, tasks: Sequence[TaskRead], sizes: dict[str, int]) -> None:
    from starwhale.cli.output import Column

    names = _names(job)
    rows = [
        {
            "task": task.id,
            "step": names[task.step],
            "state": task.state,
            "attempts": task.attempt,
            "took": took(session, task),
            **use_of(task.usage),
            "log": units.size(sizes[task.id]) if task.id in sizes else "",
            "worker": task.worker,
            "cause": task.cause,
        }
        for task in tasks
    ]
    causes = (Column(key="cause", rank=3, cut=True),) if any(task.cause for task in tasks) else ()
    session.out.table(
        rows,
        (
            Column(key="task"),
            Column(key="step", cut=True, rank=1),
            Column(key="state"),
            Column(key="attempts", title="TRIES", right=True, rank=5),
            Column(key="took", right=True, rank=2),
            *use_columns(task.usage for task in tasks),
            Column(key="log", right=True, rank=4),
            Column(key="worker", rank=6, cut=True),
            *causes,
        ),
    )


def event_facts(session: Session, job: JobRead) -> list[JobEventRead]:
    """All changes of states, in their order."""
    return list(_events(session, job))


def _events(session: Session, job: JobRead) -> Iterator[JobEventRead]:
    service = session.instance.jobs
    uri, after = service.uri(job), 0
    while page := service.events(session.actor, uri, after=after):
        yield from page
        after = page[-1].id


def show_events(session: Session, job: JobRead) -> None:
    """Print what happened; where that was much, without what tasks did that went well."""
    from starwhale.cli.output import Column

    shown, left_out = _worth_telling(_events(session, job))
    names = _names(job)
    rows = [
        {
            "after": f"+{units.span(max((event.at - job.created_at).total_seconds(), 0))}",
            "what": _subject(event, names),
            "from": event.old,
            "to": event.new,
            "cause": event.cause,
        }
        for event in shown
    ]
    causes = (Column(key="cause"),) if any(event.cause for event in shown) else ()
    columns = (
        Column(key="after", right=True),
        Column(key="what"),
        Column(key="from", rank=1),
        Column(key="to"),
    )
    session.out.line(f"created {session.out.when(job.created_at)} by {job.created_by}", None)
    session.out.table(rows, (*columns, *causes), empty="nothing has happened yet")
    if left_out:
        session.out.say(f"({units.number(left_out)} changes of tasks are left out; -o json has them)")


def _worth_telling(events: Iterator[JobEventRead]) -> tuple[list[JobEventRead], int]:
    """Events to print, and how many of tasks are not among them; all of them where they are few."""
    first: list[JobEventRead] = []
    kept: list[JobEventRead] = []
    troubles = many = 0
    for event in events:
        many += 1
        if many <= MOST_EVENTS:
            first.append(event)
        trouble = event.subject == "task" and event.new in TROUBLES
        troubles += trouble
        if event.subject != "task" or (trouble and troubles <= MOST_TROUBLES):
            kept.append(event)
    return (first, 0) if many <= MOST_EVENTS else (kept, many - len(kept))


def _subject(event: JobEventRead, names: Sequence[str]) -> str:
    if event.subject == "step":
        return f"step {names[int(event.name)]}"
    return f"{event.subject} {event.name}".rstrip()
