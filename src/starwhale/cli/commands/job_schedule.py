"""`swcli job schedule`: templates that are run at certain times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from starwhale.cli import options
from starwhale.cli.frame import Noun

if TYPE_CHECKING:
    from starwhale.cli.session import Session
    from starwhale.jobs.schedules import ScheduleRead

schedule = Noun(name="schedule", help="Run templates of jobs at certain times.")
name_argument = click.argument("name", metavar="NAME", help="What it is called.")


def _facts(found: ScheduleRead) -> dict[str, Any]:
    from dataclasses import asdict

    return {name: value for name, value in asdict(found).items() if name != "id"}


@schedule.leaf(
    "add",
    examples=[
        "job schedule add every-night nightly '0 3 * * *'",
        "job schedule add mondays weekly '30 8 * * MON' --zone Europe/Berlin",
    ],
)
@name_argument
@click.argument("template", metavar="TEMPLATE", help="Name of a template of the project.")
@click.argument("cron", metavar="CRON", help="Minute, hour, day of the month, month and day of the week.")
@click.option("--zone", default="UTC", show_default=True, metavar="ZONE", help="Time zone of these.")
@click.option(
    "--install/--no-install",
    default=True,
    show_default=True,
    help="Have cron of this machine look each minute whether something is due.",
)
@options.project
@click.pass_obj
def add(
    session: Session, name: str, template: str, cron: str, *, zone: str, install: bool, project: str
) -> None:
    """Have a template run at certain times."""
    from starwhale.cli.crontab import install as write_crontab
    from starwhale.cli.remote_jobs import server_of

    place = session.project(project)
    # A server looks itself whether something is due.
    if install and server_of(session) is None:
        # First, so that a machine without cron is told before anything is written down.
        write_crontab(session)
    try:
        made = session.instance.job_schedules.add(session.actor, place, name, template, cron, zone)
    except BaseException:
        _tidy(session)
        raise
    session.out.line(f"schedule {name}: next at {session.out.when(made.due or made.fired)}", _facts(made))


@schedule.leaf("list", aliases=("ls",), examples=["job schedule list"])
@options.project
@click.pass_obj
def list_(session: Session, *, project: str) -> None:
    """List the schedules of a project, whichever is due first before the others."""
    from starwhale.cli.output import Column

    place = session.project(project)
    found = session.instance.job_schedules.list(session.actor, place)
    columns = (
        Column(key="name"),
        Column(key="template", rank=1),
        Column(key="cron"),
        Column(key="zone", rank=3),
        session.out.moments("due", title="NEXT", rank=1),
        session.out.moments("last", title="LAST", rank=2),
    )
    empty = f"no schedule in project {place}; `swcli job schedule add` makes one of a template"
    session.out.table([_facts(each) for each in found], columns, empty=empty)


@schedule.leaf("pause", examples=["job schedule pause every-night"])
@name_argument
@options.project
@click.pass_obj
def pause(session: Session, name: str, *, project: str) -> None:
    """Let a schedule rest."""
    place = session.project(project)
    session.instance.job_schedules.enable(session.actor, place, name, enabled=False)
    session.out.line(f"schedule {name} rests", {"name": name, "enabled": False})


@schedule.leaf("resume", examples=["job schedule resume every-night"])
@name_argument
@options.project
@click.pass_obj
def resume(session: Session, name: str, *, project: str) -> None:
    """Go on with a schedule, from now on."""
    place = session.project(project)
    session.instance.job_schedules.enable(session.actor, place, name, enabled=True)
    session.out.line(f"schedule {name} goes on", {"name": name, "enabled": True})


@schedule.leaf("remove", aliases=("rm",), examples=["job schedule remove every-night"])
@name_argument
@options.project
@click.pass_obj
def remove(session: Session, name: str, *, project: str) -> None:
    """Forget a schedule."""
    place = session.project(project)
    session.instance.job_schedules.remove(session.actor, place, name)
    _tidy(session)
    session.out.line(f"schedule {name} is gone", {"name": name, "removed": True})


@schedule.leaf("run", examples=["job schedule run", "job schedule run --watch"])
@click.option("--watch", is_flag=True, help="Stay, and look again each minute; for machines without cron.")
@click.pass_obj
def run(session: Session, *, watch: bool) -> None:
    """Make the jobs that are due, and run what waits in the queue. This is what cron calls.

    Moments that were missed, since the machine was down, become one job.
    """
    from starwhale.cli import due

    due.run_due(session, watch=watch)


def _tidy(session: Session) -> None:
    """Let cron alone when nothing is scheduled any more."""
    from starwhale.cli.crontab import uninstall
    from starwhale.cli.remote_jobs import server_of

    if server_of(session) is not None:
        return
    if not session.instance.job_schedules.list(session.actor):
        uninstall(session)
