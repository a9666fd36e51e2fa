"""`swcli project`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from starwhale.cli import names, options
from starwhale.cli.frame import Noun
from starwhale.core.errors import NotFound, UsageError

if TYPE_CHECKING:
    from starwhale.cli.session import Session

project = Noun(name="project", aliases=("prj",), help="Group datasets, models and jobs into projects.")
name_argument = click.argument(
    "project", shell_complete=names.complete("project"), help="Name or address of the project."
)


@project.leaf("create", aliases=("new", "add"), examples=["project create vision"])
@name_argument
@click.pass_obj
def create(session: Session, project: str) -> None:
    """Create a project."""
    name = session.project(project)
    made = session.instance.projects.create(session.actor, name)
    session.out.line(f"project {name} is created; `swcli project select {project}` works in it", made)


@project.leaf("list", aliases=("ls",), examples=["project list", "project list -o json"])
@click.option(
    "-i",
    "--instance",
    default="",
    metavar="INSTANCE",
    help="Instance to look on; the current one by default.",
)
@options.page
@options.size
@click.pass_obj
def list_(session: Session, instance: str, page: int, size: int) -> None:
    """List projects."""
    from starwhale.cli.output import Column
    from starwhale.cli.plain import plain
    from starwhale.core.page import PageRequest

    session.work_on(instance)
    found = session.instance.projects.list(session.actor, PageRequest(number=page, size=size))
    rows = [
        {**plain(item), "created_at": item.created_at, "current": session.is_current(item.name)}
        for item in found
    ]
    columns = (
        Column(key="current", title=" ", show=lambda current: "*" if current else ""),
        Column(key="name"),
        Column(key="description", cut=True, rank=1),
        session.out.moments("created_at", title="CREATED", rank=2),
    )
    session.out.table(rows, columns, total=found.total)


@project.leaf("info", examples=["project info self"])
@name_argument
@click.pass_obj
def info(session: Session, project: str) -> None:
    """Show a project and how much it holds."""
    from starwhale.cli import units
    from starwhale.cli.plain import plain

    name = session.project(project)
    found = session.instance.projects.get(session.actor, name)
    holds = _counts(session, found.name)
    fields = [
        ("name", found.name),
        ("description", found.description),
        ("created", session.out.when(found.created_at)),
        ("created by", found.created_by),
        *((f"{kind}s", units.number(count)) for kind, count in holds.items()),
    ]
    session.out.record(fields, {**plain(found), **{f"{kind}s": count for kind, count in holds.items()}})


def _counts(session: Session, name: str) -> dict[str, int]:
    from starwhale.artifacts.schemas import ArtifactFilter
    from starwhale.core.kinds import Kind
    from starwhale.core.page import PageRequest

    instance, actor, one = session.instance, session.actor, PageRequest(size=1)
    newest = ArtifactFilter(latest=True)
    counts = {
        kind.value: instance.artifacts.list(actor, name, kind, newest, page=one).total
        for kind in (Kind.DATASET, Kind.MODEL)
    }
    try:
        return {**counts, "job": instance.jobs.list(actor, name, one).total}
    except UsageError:  # this server does not tell
        return counts


@project.leaf("remove", aliases=("rm",), examples=["project remove vision", "project remove vision --force"])
@name_argument
@click.option("--force", "-f", is_flag=True, help="Delete it for ever instead, also out of the trash.")
@click.pass_obj
def remove(session: Session, project: str, force: bool) -> None:
    """Put a project and all that is in it into the trash."""
    from starwhale.core.uri import DEFAULT_PROJECT

    name = session.project(project)
    try:
        session.instance.projects.remove(session.actor, name)
    except NotFound:
        if not force:
            raise
    if force:
        session.instance.project_trash.purge(session.actor, name)
    if session.is_current(name) and session.instance is session.here:
        session.select_project(DEFAULT_PROJECT)
        session.out.say(f"commands work in project {DEFAULT_PROJECT} now")
    back = f"; `swcli project recover {name}` brings it back"
    text = f"project {name} is {'deleted' if force else 'removed' + back}"
    session.out.line(text, {"project": name, "removed": True, "forced": force})


@project.leaf("recover", examples=["project recover vision"])
@name_argument
@click.pass_obj
def recover(session: Session, project: str) -> None:
    """Take a project back out of the trash."""
    name = session.project(project)
    found = session.instance.projects.recover(session.actor, name)
    session.out.line(f"project {found.name} is back", found)


@project.leaf("select", aliases=("use",), examples=["project select vision"])
@name_argument
@click.pass_obj
def select(session: Session, project: str) -> None:
    """Make a project the one that commands work in."""
    name = session.project(project)
    session.instance.projects.get(session.actor, name)
    session.select_project(name)
    session.out.line(f"commands work in project {name} now", {"project": name})
