"""`swcli job template` and `swcli job schedule`: jobs under a name, and at certain times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from starwhale.cli import again, options
from starwhale.cli.commands.job_again import job_argument
from starwhale.cli.commands.model_run import ARGUMENTS, RunLeaf
from starwhale.cli.frame import Noun

if TYPE_CHECKING:
    from starwhale.cli.session import Session
    from starwhale.jobs.templates import TemplateRead

template = Noun(name="template", help="Keep jobs under a name and run them again.")
name_argument = click.argument("name", metavar="NAME", help="What it is called.")


def _facts(found: TemplateRead) -> dict[str, Any]:
    return {
        "name": found.name,
        "project": found.project,
        **found.blueprint.to_json(),
        "created_at": found.created_at,
        "created_by": found.created_by,
    }


@template.leaf("save", examples=["job template save nightly b3kq7 --latest"])
@name_argument
@job_argument
@click.option(
    "--latest", is_flag=True, help="Run with what is the latest then, not with the versions of the job."
)
@click.option("-f", "--force", is_flag=True, help="In place of a template of this name.")
@click.pass_obj
def save(session: Session, name: str, job: str, *, latest: bool, force: bool) -> None:
    """Keep what a job is made of under a name."""
    from starwhale.jobs.blueprint import Blueprint

    uri = session.job(job)
    found = session.instance.jobs.info(session.actor, uri)
    kept = session.instance.job_templates.save(
        session.actor,
        found.project,
        name,
        Blueprint.of(found.plan, found.comment, latest=latest),
        force=force,
    )
    session.out.line(f"template {name}: {kept.blueprint.handler} of {_code(kept)}", _facts(kept))


@template.leaf("list", aliases=("ls",), examples=["job template list"])
@options.project
@click.pass_obj
def list_(session: Session, *, project: str) -> None:
    """List the templates of a project."""
    from starwhale.cli.output import Column

    place = session.project(project)
    found = session.instance.job_templates.list(session.actor, place)
    rows = [
        {**_facts(each), "code": _code(each), "names": [uri.split("/")[4] for uri in each.blueprint.datasets]}
        for each in found
    ]
    columns = (
        Column(key="name"),
        Column(key="handler", cut=True, rank=1),
        Column(key="code", title="MODEL", cut=True, rank=2),
        Column(key="names", title="DATASETS", show=", ".join, cut=True, rank=3),
        session.out.moments("created_at", title="CREATED", rank=4),
    )
    empty = f"no template in project {place}; `swcli job template save` makes one of a job"
    session.out.table(rows, columns, empty=empty)


def _code(found: TemplateRead) -> str:
    """What is run: the name of a model, or a directory; and whether that is chosen only when it is."""
    made = found.blueprint
    name = made.model_name or made.source
    is_fixed = "/version/" in made.model if made.model else made.code
    return name if is_fixed or not name else f"{name}, the latest"


@click.command(
    "run",
    cls=RunLeaf,
    examples=["job template run nightly", "job template run nightly -d digits -- --epochs 3"],
)
@name_argument
@options.project
@again.changes
@click.pass_context
def run(ctx: click.Context, name: str, *, project: str, **told: Any) -> None:
    """Make a job of a template, and run it.

    What stands after `--` goes to the handler's arguments instead of what the template says.
    """
    from starwhale.cli.running import run_blueprint

    session: Session = ctx.obj
    place = session.project(project)
    found = session.instance.job_templates.get(session.actor, place, name)
    run_blueprint(
        session,
        again.changed(found.blueprint, ctx.meta.get(ARGUMENTS) or None, told),
        found.project,
        queue=told["queue"],
        priority=told["priority"],
    )


template.add_command(run)


@template.leaf("remove", aliases=("rm",), examples=["job template remove nightly"])
@name_argument
@options.project
@click.pass_obj
def remove(session: Session, name: str, *, project: str) -> None:
    """Forget a template and the schedules that name it; jobs that were made of it stay."""
    place = session.project(project)
    session.instance.job_templates.remove(session.actor, place, name)
    session.out.line(f"template {name} is gone", {"name": name, "removed": True})
