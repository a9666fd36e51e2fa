"""`swcli model run`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click
from click.core import ParameterSource

from starwhale.cli import again, names, options
from starwhale.cli.frame import Leaf
from starwhale.core.errors import UsageError

if TYPE_CHECKING:
    from starwhale.cli.session import Session

ARGUMENTS = "starwhale.arguments"


class RunLeaf(Leaf):
    """A command whose words after `--` belong to the user's handler."""

    #: Whose options stand there.
    behind = "a handler"

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        at = args.index("--") if "--" in args else len(args)
        ctx.meta[ARGUMENTS] = tuple(args[at + 1 :])
        try:
            return super().parse_args(ctx, args[:at])
        except click.NoSuchOption as error:
            near = f"did you mean {' or '.join(error.possibilities)}? " if error.possibilities else ""
            hint = f"{near}options of {self.behind} stand behind `--`; see `{ctx.command_path} --help`"
            raise UsageError(f"no such option {error.option_name!r}", hint=hint) from error


@click.command(
    "run",
    cls=RunLeaf,
    examples=[
        "model run --uri digits --handler evaluate:evaluate --dataset digits",
        "model run -w . -m evaluate -d digits --dataset-head 100",
        "model run -w . -h train:main -- --epochs 3",
        "model run -u digits -d digits --step-resources predict:memory=2Gi,gpu=1",
    ],
)
@click.option(
    "-w",
    "--workdir",
    type=click.Path(exists=True, file_okay=False),
    metavar="DIR",
    help="Run a directory of code.",
)
@click.option(
    "-u", "--uri", metavar="MODEL", shell_complete=names.complete("model"), help="Run a model package."
)
@click.option(
    "-h",
    "--handler",
    default="0",
    metavar="HANDLER",
    help="Which handler: its name, or its number in `swcli model info -of handlers`. "
    "Without it the one that no other handler needs.",
)
@options.modules("Module of the directory that holds handlers; may be repeated.")
@click.option(
    "-sa",
    "--show-argument",
    is_flag=True,
    default=False,
    help="Only list what the handler takes after `--`.",
)
@click.option("-f", "--model-yaml", metavar="FILE", help="Description of the model; model.yaml by default.")
@click.option(
    "-p",
    "--run-project",
    default="",
    metavar="PROJECT",
    help="Project of the job; the current one by default.",
)
@click.option(
    "-lp",
    "--log-project",
    default="",
    metavar="PROJECT",
    help="Project of the results; that of the job by default.",
)
@click.option(
    "-d",
    "--dataset",
    "datasets",
    multiple=True,
    envvar="SW_DATASET_URI",
    show_envvar=True,
    shell_complete=names.complete("dataset"),
    metavar="DATASET",
    help="Dataset to run on; may be repeated.",
)
@click.option(
    "-dh",
    "--dataset-head",
    type=click.IntRange(0, 2**63 - 1),
    default=0,
    show_default=True,
    metavar="N",
    help="Only the first N rows of each dataset; 0 means all.",
)
@click.option(
    "-vd",
    "--validation-dataset",
    "--val-dataset",
    "validation_datasets",
    multiple=True,
    envvar="SW_FINETUNE_VALIDATION_DATASET_URI",
    show_envvar=True,
    metavar="DATASET",
    help="Dataset for the validation of a fine-tuning; may be repeated.",
)
@click.option(
    "-fs",
    "--forbid-snapshot",
    is_flag=True,
    help="With --workdir: run in the directory itself, not in a copy.",
)
@click.option(
    "--cleanup-snapshot/--no-cleanup-snapshot",
    default=True,
    show_default=True,
    help="Delete the copy of the directory when the job has ended.",
)
@click.option(
    "-r",
    "--runtime",
    default="",
    shell_complete=names.complete("runtime"),
    metavar="RUNTIME",
    help="Run in a runtime; by default in the one that the package brings, else in this Python.",
)
@click.option(
    "-fpr",
    "--forbid-packaged-runtime",
    is_flag=True,
    hidden=True,
    help="Run in this Python although the package brings a runtime.",
)
@click.option(
    "--isolation",
    type=click.Choice(["process", "thread"]),
    default="process",
    show_default=True,
    help="A process for each task, or one process with a thread for each task.",
)
@click.option(
    "--deadline",
    type=float,
    default=0.0,
    metavar="SECONDS",
    help="End the job when a task takes longer than this; by default it may take as long as it likes.",
)
@click.option(
    "--auto-release-time",
    type=float,
    default=0.0,
    metavar="SECONDS",
    help="Cancel the whole job when it has run for so long, what it waits for in debug mode included; "
    "by default never.",
)
@click.option(
    "--debug",
    is_flag=True,
    help="Let `swcli job exec` look into its workers; one whose task has failed waits for that.",
)
@click.option(
    "--reuse",
    default="",
    metavar="JOB",
    shell_complete=names.complete("job"),
    help="Begin with the results of another job, and do not run again what succeeded there.",
)
@click.option("--step", default="", hidden=True, metavar="STEP", help="Run this step alone.")
@click.option(
    "--task-index", type=int, default=-1, hidden=True, metavar="N", help="Run this task of the step alone."
)
@click.option(
    "--override-task-num",
    type=int,
    default=0,
    hidden=True,
    metavar="N",
    help="Tasks of the step, instead of what the handler says.",
)
@click.option(
    "--step-replicas",
    multiple=True,
    metavar="STEP=N",
    help="Tasks of a step, instead of what its handler says; may be repeated.",
)
@click.option(
    "--step-resources",
    multiple=True,
    metavar="STEP:NAME=AMOUNT,...",
    help="What each task of a step asks for on a server, as in evaluate:memory=2Gi,cpu=1,gpu=1; "
    "may be repeated.",
)
@click.option("--version", default=None, hidden=True, help="Accepted for scripts of 0.6.")
@click.option(
    "--resource-pool",
    default="default",
    show_default=True,
    metavar="POOL",
    help="Pool of a server to run in; this machine has only one.",
)
@click.option(
    "--in-container", is_flag=True, help="Run in a container, by docker, podman or nerdctl of this machine."
)
@click.option(
    "-i",
    "--image",
    default="",
    metavar="IMAGE",
    help="Image of the container; by default that of the runtime.",
)
@again.queue
@again.priority
@again.comment
@click.pass_context
def run(ctx: click.Context, **told: Any) -> None:
    """Run a handler of a model as a job, and stay until it has ended.

    The handlers that it needs run before it. What stands after `--` goes to the handler's arguments.
    Ctrl-C cancels the job; `swcli job resume` goes on with it later.
    """
    from starwhale.cli.running import run_model

    session: Session = ctx.obj
    if told.pop("in_container"):
        from starwhale.cli.container import run_inside

        run_inside(session, ctx, image=told["image"])
        return
    if told.pop("image"):
        raise UsageError("--image is for --in-container")
    del told["version"]
    if ctx.get_parameter_source("handler") is ParameterSource.DEFAULT:
        told["handler"] = ""
    run_model(session, arguments=ctx.meta[ARGUMENTS], **told)
