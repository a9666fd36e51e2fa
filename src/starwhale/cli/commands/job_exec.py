"""`swcli job exec`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from starwhale.cli.commands.job_again import job_argument
from starwhale.cli.commands.model_run import ARGUMENTS, RunLeaf

if TYPE_CHECKING:
    from starwhale.cli.session import Session


class ExecLeaf(RunLeaf):
    """A command whose words after `--` are another command."""

    behind = "a command"


@click.command(
    "exec",
    cls=ExecLeaf,
    examples=[
        "job exec b3kq7",
        "job exec b3kq7 --task 0.1 -- python -m pdb -p 4242",
        "job exec cloud://team/project/vision/job/b3kq7 -- nvidia-smi",
    ],
)
@job_argument
@click.option(
    "--task", default="", metavar="TASK", help="Id of a task, such as 0.1; the first that runs by default."
)
@click.pass_context
def exec_(ctx: click.Context, job: str, *, task: str) -> None:
    """Open a terminal in a task of a job in debug mode while it runs.

    What stands after `--` is run there, with its status as that of this command; without it a shell is.
    It has the directory, the variables and the user of the task's worker, and ends with it.
    """
    from starwhale.cli.shells import run_in_task

    session: Session = ctx.obj
    ctx.exit(run_in_task(session, session.job(job), task, ctx.meta[ARGUMENTS]))
