"""`swcli dataset`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from starwhale.cli import packages
from starwhale.cli.commands.dataset_build import add_build
from starwhale.cli.frame import Noun

if TYPE_CHECKING:
    from starwhale.cli.session import Session

dataset = Noun(name="dataset", aliases=("ds",), help="Build, look into and version datasets.")
packages.add_common(dataset, "dataset")
add_build(dataset)


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
