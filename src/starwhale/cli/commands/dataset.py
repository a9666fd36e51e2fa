"""`swcli dataset`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from starwhale.cli import packages
from starwhale.cli.commands.dataset_build import add_build
from starwhale.cli.commands.dataset_export import add_export
from starwhale.cli.commands.dataset_summary import add_summary
from starwhale.cli.commands.dataset_versions import add_versions
from starwhale.cli.frame import Noun

if TYPE_CHECKING:
    from starwhale.cli.session import Session

dataset = Noun(name="dataset", aliases=("ds",), help="Build, look into and version datasets.")
packages.add_common(dataset, "dataset")
add_build(dataset)
add_export(dataset)
add_summary(dataset)
add_versions(dataset)


@dataset.leaf("head", examples=["dataset head digits", "dataset head digits -n 2 --show-types"])
@packages.uri_argument("dataset")
@click.option("-n", "--rows", type=int, default=5, show_default=True, metavar="N", help="How many rows.")
@click.option("-st", "--show-types", is_flag=True, help="Show the type of each value as well.")
@click.pass_obj
def head(session: Session, dataset: str, *, rows: int, show_types: bool) -> None:
    """Print the first rows of a dataset."""
    from itertools import islice

    from starwhale.cli import rows as drawing

    found = session.package(dataset, "dataset")
    snapshot = session.instance.datasets.open(found)
    first: list[tuple[Any, dict[str, Any]]] = list(islice(snapshot.scan(), max(rows, 0)))
    drawing.show(session.out, first, show_types=show_types)
