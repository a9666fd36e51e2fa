"""`swcli job rerun`, `work`, `comment` and `pin`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from starwhale.cli import again, names
from starwhale.cli.commands.model_run import ARGUMENTS, RunLeaf

if TYPE_CHECKING:
    from starwhale.cli.frame import Noun
    from starwhale.cli.session import Session

job_argument = click.argument(
    "job",
    shell_complete=names.complete("job"),
    help="Id of the job, its beginning, or local/project/PROJECT/job/ID.",
)


def add_again(noun: Noun) -> None:
    """Register the commands."""
    noun.add_command(rerun)
    _add_work(noun)
    _add_comment(noun)
    _add_pin(noun)


@click.command(
    "rerun",
    cls=RunLeaf,
    examples=[
        "job rerun b3kq7",
        "job rerun b3kq7 -d digits-2 -- --threshold 0.7",
        "job rerun b3kq7 --latest",
    ],
)
@job_argument
@again.changes
@click.option("--latest", is_flag=True, help="With what is the latest now, not the very versions of the job.")
@click.pass_context
def rerun(ctx: click.Context, job: str, *, latest: bool, **told: Any) -> None:
    """Make a job like another one, and run it.

    The model or code, the datasets and the arguments are those of the other job unless others are given.
    What stands after `--` goes to the handler's arguments instead of what stood there before.
    """
    from starwhale.cli.running import run_blueprint
    from starwhale.jobs.blueprint import Blueprint

    session: Session = ctx.obj
    uri = session.job(job)
    found = session.instance.jobs.info(session.actor, uri)
    blueprint = Blueprint.of(found.plan, found.comment, latest=latest)
    run_blueprint(
        session,
        again.changed(blueprint, ctx.meta.get(ARGUMENTS) or None, told),
        found.project,
        queue=told["queue"],
        priority=told["priority"],
    )


def _add_work(noun: Noun) -> None:
    @noun.leaf("work", examples=["job work", "job work --keep-on"])
    @click.option("--keep-on", is_flag=True, help="Wait for further jobs when none is left.")
    @click.pass_obj
    def work(session: Session, *, keep_on: bool) -> None:
        """Run the jobs that wait in the queue, the highest priority first."""
        from starwhale.cli import running

        running.work(session, keep_on=keep_on)


def _add_comment(noun: Noun) -> None:
    @noun.leaf("comment", examples=["job comment b3kq7 'with the new tokeniser'", "job comment b3kq7"])
    @job_argument
    @click.argument("text", required=False, help="What to say; without it what was said is printed.")
    @click.pass_obj
    def comment(session: Session, job: str, text: str | None) -> None:
        """Say something about a job, or read what was said."""
        from starwhale.cli import jobs

        uri = session.job(job)
        if text is None:
            found = session.instance.jobs.info(session.actor, uri)
        else:
            found = session.instance.job_marks.comment(session.actor, uri, text)
        session.out.line(found.comment, jobs.facts(found))


def _add_pin(noun: Noun) -> None:
    @noun.leaf("pin", examples=["job pin b3kq7", "job pin --remove b3kq7"])
    @job_argument
    @click.option("-r", "--remove", is_flag=True, help="Unpin it.")
    @click.pass_obj
    def pin(session: Session, job: str, *, remove: bool) -> None:
        """Have a job come first in lists, and not be removed by accident."""
        from starwhale.cli import jobs
        from starwhale.core.version import short

        uri = session.job(job)
        found = session.instance.job_marks.pin(session.actor, uri, pinned=not remove)
        state = "pinned" if found.pinned else "no longer pinned"
        session.out.line(f"job {short(found.id)} is {state}", jobs.facts(found))
