"""`swcli job info`: one job, part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starwhale.cli import units
from starwhale.cli.job_use import told_use
from starwhale.cli.jobs import facts, rows_done, show_summary, step_facts, took
from starwhale.evaluations.figures.confusion import LABELS_TABLE, MATRIX_TABLE, Matrix, read_matrix

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starwhale.cli.session import Session
    from starwhale.evaluations.results import ResultStore
    from starwhale.jobs.schemas import JobRead

PARTS = ("basic", "dag", "events", "tasks", "tables")
PER_LABEL = "f1-score"
WIDEST_BARS = 60
FIGURE_HEIGHT = 16


def show_job(session: Session, job: JobRead, part: str, *, most_labels: int) -> None:
    """Print a part of what is known of a job, or all of it.

    Args:
        session: The run of swcli.
        job: With its steps and tasks.
        part: One of `PARTS`, or ``all``.
        most_labels: Above so many the confusion matrix and the bars are left out.
    """
    from starwhale.cli.job_steps import dag_facts, show_dag
    from starwhale.cli.job_tasks import event_facts, show_events, show_tasks, task_facts

    store = session.instance.results(job.plan.log_project or job.project, job.id)
    try:
        if session.json:
            made = {
                "basic": lambda: _basic_facts(job, store),
                "dag": lambda: dag_facts(job),
                "events": lambda: event_facts(session, job),
                "tasks": lambda: task_facts(session, job),
                "tables": lambda: _table_facts(store),
            }
            session.out.document(_whole(made) if part == "all" else made[part]())
            return
        shown = {
            "basic": lambda: _show_basic(session, job, store, most_labels=most_labels),
            "dag": lambda: show_dag(session, job),
            "events": lambda: show_events(session, job),
            "tasks": lambda: show_tasks(session, job),
            "tables": lambda: _show_tables(session, store),
        }
        if part != "all":
            shown[part]()
            return
        # the drawing is a part of what is basic
        for name in (each for each in PARTS if each != "dag"):
            shown[name]()
            session.out.blank()
        _show_figures(session, job)
    finally:
        store.close()


def _whole(made: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **made["basic"](),
        "dag": made["dag"](),
        "events": made["events"](),
        "tasks": made["tasks"](),
        "contents": made["tables"](),
    }


def _basic_facts(job: JobRead, store: ResultStore) -> dict[str, Any]:
    from starwhale.cli.plain import plain

    steps = [step_facts(step) for step in job.steps]
    return {
        **facts(job),
        "usage": plain(job.usage),
        "steps": steps,
        "summary": store.get_summary(),
        "tables": store.tables(),
    }


def _show_basic(session: Session, job: JobRead, store: ResultStore, *, most_labels: int) -> None:
    from starwhale.cli.job_steps import show_dag, show_steps

    tables = store.tables()
    rows, labels = (
        list(store.scan(table)) if table in tables else [] for table in (MATRIX_TABLE, LABELS_TABLE)
    )
    session.out.record(_fields(session, job, tables), None)
    if len(job.steps) > 1:
        session.out.blank()
        show_dag(session, job)
    session.out.blank()
    show_steps(session, job)
    show_summary(session, store.get_summary())
    names, matrix = read_matrix(rows, labels)
    _show_matrix(session, names, matrix, most_labels=most_labels)
    _show_labels(session, names, labels, most_labels=most_labels)


def _fields(session: Session, job: JobRead, tables: Sequence[str]) -> list[tuple[str, str]]:
    from starwhale.cli.remote_jobs import services

    plan = job.plan
    return [
        ("job", job.id),
        ("project", job.project),
        ("state", f"{job.state}: {job.cause}" if job.cause else str(job.state)),
        ("handler", job.handler),
        ("model", plan.model or plan.source),
        ("runtime", plan.runtime),
        ("datasets", "\n".join(each.uri for each in plan.datasets)),
        ("arguments", " ".join(plan.arguments)),
        ("services", "\n".join(services(session, job))),
        ("rows", rows_done(job)),
        ("created", session.out.when(job.created_at)),
        ("took", took(session, job)),
        ("used", told_use(job)),
        ("comment", job.comment),
        ("removed", session.out.when(job.removed_at) if job.removed_at else ""),
        ("tables", ", ".join(tables)),
    ]


def _show_matrix(session: Session, names: Sequence[str], matrix: Matrix, *, most_labels: int) -> None:
    from starwhale.cli.figures import confusion_matrix

    if not matrix:
        return
    if len(matrix) > most_labels:
        session.out.say(f"({len(matrix)} labels: --max-report-cols {len(matrix)} draws the confusion matrix)")
        return
    session.out.blank()
    session.out.draw(confusion_matrix(names, matrix, width=session.out.console().width))


def _show_labels(
    session: Session, names: Sequence[str], labels: Sequence[Mapping[str, Any]], *, most_labels: int
) -> None:
    """Draw a figure of each label, so that the weak ones meet the eye."""
    from starwhale.cli.figures import bars

    scores = {str(label["id"]): label[PER_LABEL] for label in labels if PER_LABEL in label}
    if not scores or len(scores) > most_labels:
        return
    ordered = {name: scores[name] for name in names if name in scores} or scores
    session.out.blank()
    session.out.line(PER_LABEL, None)
    session.out.draw(bars(ordered, width=min(session.out.console().width, WIDEST_BARS)))


def _show_figures(session: Session, job: JobRead) -> None:
    """Draw the figures that are not among what is basic."""
    from starwhale.cli.job_plot import draw_figures, figures_of_job
    from starwhale.evaluations.figures.data import Plot

    figures = [each for each in figures_of_job(session, job) if isinstance(each, Plot)]
    if figures:
        draw_figures(session, figures, height=FIGURE_HEIGHT)


def _table_facts(store: ResultStore) -> list[dict[str, Any]]:
    return [
        {"table": name, "rows": store.count(name), "columns": store.columns(name)} for name in store.tables()
    ]


def _show_tables(session: Session, store: ResultStore) -> None:
    from starwhale.cli.output import Column

    session.out.table(
        _table_facts(store),
        (
            Column(key="table"),
            Column(key="rows", right=True, show=units.number),
            Column(key="columns", show=", ".join),
        ),
        empty="the job has logged no tables",
    )
