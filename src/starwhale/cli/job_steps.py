"""The steps of a job: drawn, and in a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starwhale.cli import units
from starwhale.cli.job_use import use_columns, use_of
from starwhale.cli.jobs import rows_done, short_names, took
from starwhale.cli.plain import visible

if TYPE_CHECKING:
    from starwhale.cli.job_graph import Box
    from starwhale.cli.session import Session
    from starwhale.jobs.schemas import JobRead, StepRead

STYLES = {
    "SUCCESS": "green",
    "FAIL": "red",
    "RUNNING": "blue",
    "PAUSED": "yellow",
    "CANCELED": "yellow",
    "CREATED": "dim",
}
WIDEST = 120


def dag_facts(job: JobRead) -> list[dict[str, Any]]:
    """What JSON tells about the graph: each step with those it needs."""
    return [
        {
            "step": step.handler,
            "needs": list(plan.spec.needs),
            "state": step.state,
            "tasks": len(step.tasks),
            "rows": step.rows,
            "done": step.done,
        }
        for step, plan in zip(job.steps, job.plan.steps, strict=True)
    ]


def show_dag(session: Session, job: JobRead) -> None:
    """Draw the graph of steps; where the terminal is too narrow for it, list what each comes after."""
    from starwhale.cli.job_graph import draw_graph
    from starwhale.jobs.graph import layers

    names = short_names([step.handler for step in job.steps])
    boxes = {
        plan.spec.id: _box(step, plan.spec.needs, name)
        for step, plan, name in zip(job.steps, job.plan.steps, names, strict=True)
    }
    width = min(session.out.console().width, WIDEST)
    drawn = draw_graph(layers([plan.spec for plan in job.plan.steps]), boxes, width=width)
    if drawn is not None:
        session.out.draw(drawn)
        return
    _list_steps(session, job, names)


def _box(step: StepRead, needs: tuple[str, ...], name: str) -> Box:
    from starwhale.cli.job_graph import Box

    tasks = units.counted(max(len(step.tasks), 1), "task")
    state = str(step.state)
    rows = f"{units.number(step.done)}/{units.number(step.rows)} rows" if step.rows else ""
    notes = (f"{state}, {rows}", f"{state}, {tasks}", state) if rows else (f"{state}, {tasks}", state)
    return Box(
        id=step.handler, needs=needs, name=visible(name), notes=notes, style=STYLES.get(step.state, "")
    )


def _list_steps(session: Session, job: JobRead, names: list[str]) -> None:
    from starwhale.cli.output import Column

    called = {step.handler: name for step, name in zip(job.steps, names, strict=True)}
    rows = [
        {"step": name, "state": step.state, "after": ", ".join(called[need] for need in plan.spec.needs)}
        for step, plan, name in zip(job.steps, job.plan.steps, names, strict=True)
    ]
    session.out.table(rows, (Column(key="step"), Column(key="state"), Column(key="after")))


def show_steps(session: Session, job: JobRead) -> None:
    """Print how far each step is."""
    from starwhale.cli.output import Column

    rows = [
        {
            "step": step.handler,
            "state": step.state,
            "tasks": _tasks(step),
            "rows": rows_done(step),
            "took": took(session, step),
            **use_of(step.usage),
            "cause": step.cause,
        }
        for step in job.steps
    ]
    causes = (Column(key="cause", cut=True, rank=1),) if any(step.cause for step in job.steps) else ()
    session.out.table(
        rows,
        (
            Column(key="step"),
            Column(key="state"),
            Column(key="tasks", right=True, rank=2),
            Column(key="rows", rank=3),
            Column(key="took", right=True, rank=4),
            *use_columns(step.usage for step in job.steps),
            *causes,
        ),
    )


def _tasks(step: StepRead) -> str:
    done = sum(task.state == "SUCCESS" for task in step.tasks)
    many = units.number(len(step.tasks))
    return many if done == len(step.tasks) else f"{units.number(done)}/{many}"
