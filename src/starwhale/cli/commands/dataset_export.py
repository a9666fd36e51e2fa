"""`swcli dataset export`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from starwhale.cli import packages

if TYPE_CHECKING:
    from starwhale.cli.frame import Noun
    from starwhale.cli.session import Session

FORMATS = ("parquet", "jsonl", "csv", "webdataset", "folder")


def add_export(noun: Noun) -> None:
    """Register the command."""

    @noun.leaf(
        "export",
        examples=[
            "dataset export digits digits.parquet",
            "dataset export digits/version/v1 out --format folder",
        ],
    )
    @packages.uri_argument("dataset")
    @click.argument(
        "destination",
        metavar="DESTINATION",
        type=click.Path(),
        help="A directory to make, or a file called .parquet, .jsonl, .csv or .tar.",
    )
    @click.option(
        "--format",
        "kind",
        type=click.Choice(FORMATS),
        help="What to write; by default what the name of the destination says.",
    )
    @click.option("-f", "--force", is_flag=True, help="Replace what is there.")
    @click.pass_obj
    def export(session: Session, dataset: str, destination: str, *, kind: str | None, force: bool) -> None:
        """Write a version of a dataset into files that others read.

        `swcli dataset build` makes the very same rows of them again, whatever their types.
        """
        from pathlib import Path

        from starwhale.cli import units
        from starwhale.cli.row_bar import bar
        from starwhale.datasets.exports.exporting import export as write

        found = session.package(dataset, "dataset")
        snapshot = session.instance.datasets.open(found)
        place = Path(destination)
        with bar(session, len(snapshot)) as told:
            write(snapshot, place, format=kind or "", force=force, told=told)
        value = {"path": str(place.resolve()), "rows": len(snapshot), "version": found.version}
        session.out.line(f"exported {units.counted(len(snapshot), 'row')} of {found} to {destination}", value)
