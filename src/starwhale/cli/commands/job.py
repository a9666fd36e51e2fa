"""`swcli job`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from starwhale.cli import options
from starwhale.cli.commands.job_again import add_again, job_argument
from starwhale.cli.commands.job_compare import add_compare
from starwhale.cli.commands.job_exec import exec_
from starwhale.cli.commands.job_plot import add_plot
from starwhale.cli.commands.job_schedule import schedule
from starwhale.cli.commands.job_template import template
from starwhale.cli.frame import Noun

if TYPE_CHECKING:
    from starwhale.cli.session import Session

job = Noun(name="job", help="Follow, stop and continue jobs; read their results.")
force = click.option("-f", "--force", is_flag=True, help="Do not wait: end the workers at once.")


@job.leaf("list", aliases=("ls",), examples=["job list", "job list --size 5 -o json"])
@options.project
@click.option("--fullname", is_flag=True, help="Show ids in full length.")
@options.page
@options.size
@click.pass_obj
def list_(session: Session, *, project: str, fullname: bool, page: int, size: int) -> None:
    """List the jobs of a project, those that are pinned first, then the newest."""
    from starwhale.cli import jobs
    from starwhale.core.page import PageRequest

    place = session.project(project)
    found = session.instance.jobs.list(session.actor, place, PageRequest(number=page, size=size))
    empty = f"no job in project {place}; `swcli model run --help` tells how to start one"
    rows = [jobs.line(session, item) for item in found]
    noted = any(item.pinned or item.comment for item in found.items)
    columns = jobs.columns(session, fullname=fullname, noted=noted)
    session.out.table(rows, columns, empty=empty, total=found.total)


@job.leaf("info", examples=["job info b3kq7", "job info b3kq7 -of tasks", "job info b3kq7 -o json"])
@job_argument
@click.option(
    "-of",
    "--output-filter",
    type=click.Choice(["basic", "dag", "events", "tasks", "tables", "all"]),
    default="basic",
    show_default=True,
    help="What to show.",
)
@click.option(
    "--max-report-cols",
    type=int,
    default=20,
    show_default=True,
    metavar="N",
    help="Do not draw a confusion matrix with more columns than this.",
)
@click.pass_obj
def info(session: Session, job: str, *, output_filter: str, max_report_cols: int) -> None:
    """Show what a job is made of, how far it is, and what it found."""
    from starwhale.cli.job_views import show_job

    uri = session.job(job)
    found = session.instance.jobs.info(session.actor, uri)
    show_job(session, found, output_filter, most_labels=max_report_cols)


@job.leaf("cancel", examples=["job cancel b3kq7"])
@job_argument
@force
@click.pass_obj
def cancel(session: Session, job: str, *, force: bool) -> None:
    """Stop a job; what is done stays, and `resume` goes on."""
    from starwhale.cli.job_rest import bring_to_rest

    bring_to_rest(session, session.job(job), "cancel", force=force)


@job.leaf("pause", examples=["job pause b3kq7"])
@job_argument
@force
@click.pass_obj
def pause(session: Session, job: str, *, force: bool) -> None:
    """Let a job rest after the rows that are being done; `resume` goes on."""
    from starwhale.cli.job_rest import bring_to_rest

    bring_to_rest(session, session.job(job), "pause", force=force)


@job.leaf("resume", examples=["job resume b3kq7"])
@job_argument
@click.option("-f", "--force", is_flag=True, help="Take the job over although a process seems to run it.")
@click.pass_obj
def resume(session: Session, job: str, *, force: bool) -> None:
    """Go on with a job that was paused or canceled, that failed, or whose machine went down.

    Stays until the job has ended. Rows that are done are not done again.
    """
    from starwhale.cli.running import resume_job

    resume_job(session, session.job(job), force=force)


@job.leaf("logs", examples=["job logs b3kq7", "job logs b3kq7 0.1 --follow"])
@job_argument
@click.argument("task", required=False, help="Id of a task, such as 0.1; all tasks by default.")
@click.option("-f", "--follow", is_flag=True, help="Go on with what is printed until the job rests.")
@click.pass_obj
def logs(session: Session, job: str, task: str | None, *, follow: bool) -> None:
    """Print what the tasks of a job have printed."""
    from starwhale.cli.logs import print_logs

    print_logs(session, session.job(job), task, follow=follow)


@job.leaf("remove", aliases=("rm",), examples=["job remove b3kq7"])
@job_argument
@options.force_remove
@click.pass_obj
def remove(session: Session, job: str, *, force: bool) -> None:
    """Put a job and its results into the trash."""
    uri = session.job(job)
    session.instance.jobs.remove(session.actor, uri, force=force)
    way_back = "" if force else f"; `swcli job recover {job}` brings it back"
    session.out.line(f"job {job} is removed{way_back}", {"job": job, "removed": True, "forced": force})


@job.leaf("recover", examples=["job recover b3kq7"])
@job_argument
@click.option(
    "-f", "--force", is_flag=True, help="Accepted for scripts of 0.6; a job has no name to fight for."
)
@click.pass_obj
def recover(session: Session, job: str, *, force: bool) -> None:  # noqa: ARG001 - as its help says
    """Take a job back out of the trash."""
    uri = session.job(job)
    session.instance.jobs.recover(session.actor, uri)
    session.out.line(f"job {job} is back", {"job": job, "removed": False})


job.add_command(exec_)
add_compare(job)
add_plot(job)
add_again(job)
job.add_command(template)
job.add_command(schedule)
