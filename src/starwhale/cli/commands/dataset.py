"""`swcli dataset`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click
from click.core import ParameterSource

from starwhale.cli import options, packages
from starwhale.cli.frame import Noun

if TYPE_CHECKING:
    from starwhale.cli.session import Session

dataset = Noun(name="dataset", aliases=("ds",), help="Build, look into and version datasets.")
packages.add_common(dataset, "dataset")


@dataset.leaf("info", examples=["dataset info digits", "dataset info digits/version/v1 -o json"])
@packages.uri_argument("dataset")
@click.pass_obj
def info(session: Session, dataset: str) -> None:
    """Show a version of a dataset: who made it when, its rows and its columns."""
    from starwhale.cli import units

    found = session.instance.datasets.resolve(session.actor, session.address(dataset, "dataset"))
    summary = session.instance.datasets.summary(found)
    columns = "\n".join(f"{name}: {kind}" for name, kind in summary["columns"].items())
    fields = [
        *packages.described(session, found),
        ("rows", units.number(summary["rows"])),
        ("columns", columns),
        *((f"info.{name}", str(value)) for name, value in summary["info"].items()),
    ]
    value = {**packages.facts(found), **{key: summary[key] for key in ("rows", "columns", "info")}}
    session.out.record(fields, value)


@dataset.leaf("summary", examples=["dataset summary digits"])
@packages.uri_argument("dataset")
@click.pass_obj
def summary(session: Session, dataset: str) -> None:
    """Show how many rows, bytes and files a version consists of."""
    from starwhale.cli import units

    found = session.instance.datasets.resolve(session.actor, session.address(dataset, "dataset"))
    told = session.instance.datasets.summary(found)
    fields = [
        ("dataset", str(found)),
        ("rows", units.number(told["rows"])),
        ("columns", units.number(len(told["columns"]))),
        ("size", units.size(told["bytes"])),
        ("files", units.number(told["files"])),
        ("created", session.out.when(told["created_at"])),
    ]
    session.out.record(fields, told)


@dataset.leaf("head", examples=["dataset head digits", "dataset head digits -n 2 --show-types"])
@packages.uri_argument("dataset")
@click.option("-n", "--rows", type=int, default=5, show_default=True, metavar="N", help="How many rows.")
@click.option("-st", "--show-types", is_flag=True, help="Show the type of each value as well.")
@click.pass_obj
def head(session: Session, dataset: str, *, rows: int, show_types: bool) -> None:
    """Print the first rows of a dataset."""
    from itertools import islice

    from starwhale.cli import rows as drawing

    snapshot = session.instance.datasets.snapshot(session.actor, session.address(dataset, "dataset"))
    first: list[tuple[Any, dict[str, Any]]] = list(islice(snapshot.scan(), max(rows, 0)))
    drawing.show(session.out, first, show_types=show_types)


@dataset.leaf(
    "build",
    examples=[
        "dataset build",
        "dataset build --handler words:rows --name words --tag first",
        "dataset build --yaml data/dataset.yaml --overwrite",
    ],
)
@click.option(
    "-h",
    "--handler",
    "--python-handler",
    "handler",
    metavar="MODULE:NAME",
    help="Function (or class) that yields rows: a dict each, or a key and a dict.",
)
@click.option(
    "-f",
    "--yaml",
    "--dataset-yaml",
    "yaml",
    default="dataset.yaml",
    show_default=True,
    metavar="FILE",
    help="File that says what to build; read when no other source is named.",
)
@click.option(
    "-pt",
    "--patch",
    "mode",
    flag_value="patch",
    default=True,
    help="Change the rows that the source yields and keep the others; this is the default.",
)
@click.option("-ow", "--overwrite", "mode", flag_value="overwrite", help="Begin with no rows.")
@options.name
@click.option(
    "-p", "--project", default="", metavar="PROJECT", help="Project to build in; the current one by default."
)
@options.description
@options.tags
@click.option(
    "-w", "--workdir", default=".", show_default=True, metavar="DIR", help="Directory of the user's code."
)
@click.pass_context
def build(ctx: click.Context, **told: Any) -> None:
    """Build a version of a dataset from rows that your code yields.

    Your code runs in a process of its own. When it yields the rows that are there already, no new
    version is made; only the tags are moved.
    """
    from starwhale.cli.building import build_dataset

    yaml_given = ctx.get_parameter_source("yaml") is not ParameterSource.DEFAULT
    build_dataset(ctx.obj, yaml_given=yaml_given, **told)
