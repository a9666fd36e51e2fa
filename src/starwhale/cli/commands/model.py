"""`swcli model`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from starwhale.cli import names, options, packages
from starwhale.cli.commands.model_run import run
from starwhale.cli.commands.model_serve import serve
from starwhale.cli.commands.model_versions import add_versions
from starwhale.cli.frame import Noun

if TYPE_CHECKING:
    from starwhale.cli.session import Session

model = Noun(name="model", aliases=("mp",), help="Build, version and run model packages.")


@model.leaf(
    "build",
    examples=[
        "model build .",
        "model build . --name digits --tag best",
        "model build . -m evaluate -e '*.ckpt'",
    ],
)
@click.argument(
    "workdir",
    type=click.Path(exists=True, file_okay=False),
    metavar="WORKDIR",
    help="Directory of code and weights.",
)
@click.option(
    "-p", "--project", default="", metavar="PROJECT", help="Project to build in; the current one by default."
)
@click.option(
    "-f",
    "--model-yaml",
    metavar="FILE",
    help="Description of the model; model.yaml in WORKDIR by default, which may be missing.",
)
@options.modules("Module that holds handlers; may be repeated. Those of model.yaml by default.")
@options.name
@options.description
@options.tags
@click.option(
    "-r",
    "--runtime",
    default="",
    shell_complete=names.complete("runtime"),
    metavar="RUNTIME",
    help="Find the handlers in a runtime.",
)
@click.option(
    "--package-runtime/--no-package-runtime",
    default=True,
    show_default=True,
    help="Pack that runtime too, so that the model runs in it wherever it goes.",
)
@click.option(
    "--add-all",
    is_flag=True,
    default=False,
    help="Also pack what is left out by default: caches, virtual environments.",
)
@click.option(
    "-e",
    "--exclude",
    "excludes",
    multiple=True,
    metavar="PATTERN",
    help="Leave out what matches, as in .swignore; may be repeated.",
)
@click.option("--push", metavar="PROJECT", help="Copy the new version to another project as well.")
@click.option("--force-push", is_flag=True, help="With --push: take tags away from other versions there.")
@click.pass_obj
def build(session: Session, workdir: str, **told: Any) -> None:
    """Pack a directory of code and weights into a version of a model.

    The handlers are found by importing the modules in a process of their own. The same content is
    the same version: building it again only moves the tags.
    """
    from starwhale.cli.models import build_model

    build_model(session, workdir, **told)


model.add_command(run)
model.add_command(serve)
packages.add_common(model, "model")
add_versions(model)


@model.leaf(
    "info", examples=["model info digits", "model info digits -of handlers", "model info digits -of facts"]
)
@packages.uri_argument("model")
@click.option(
    "-of",
    "--output-filter",
    type=click.Choice(["basic", "model_yaml", "handlers", "files", "facts", "all"]),
    default="basic",
    show_default=True,
    help="What to show.",
)
@click.pass_obj
def info(session: Session, model: str, output_filter: str) -> None:
    """Show a version of a model: who made it when, what it is, its handlers, its files."""
    from starwhale.cli.models import show_model

    show_model(session, session.address(model, "model"), output_filter)
