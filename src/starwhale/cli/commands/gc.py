"""`swcli gc`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from starwhale.cli.frame import Leaf
from starwhale.core.errors import Canceled

if TYPE_CHECKING:
    from starwhale.artifacts.schemas import CollectionReport
    from starwhale.cli.session import Session


@click.command("gc", cls=Leaf, examples=["gc --dry-run", "gc --yes"])
@click.option("--dry-run", is_flag=True, help="Only tell what would be freed.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def gc(session: Session, *, dry_run: bool, yes: bool) -> None:
    """Free the space of what nothing refers to any more.

    What was removed more than 30 days ago leaves the trash, and bytes that belong to no version and
    no job are deleted. What a build or a job is writing right now is left alone.
    """
    from starwhale.cli import units

    collection = session.instance.collection
    report = collection.run(session.actor, dry_run=True)
    if not dry_run and (report.blobs or report.purged):
        if not yes and not _agreed(report):
            raise Canceled("nothing was deleted", hint="--yes does not ask")
        report = collection.run(session.actor)
    verb = "would be freed" if dry_run else "freed"
    session.out.line(f"{units.size(report.freed)} {verb}", report)


def _agreed(report: CollectionReport) -> bool:
    from starwhale.cli import units

    parts = [
        f"{units.number(count)} {what}"
        for count, what in ((report.purged, "things in the trash"), (report.blobs, "files"))
        if count
    ]
    try:
        return click.confirm(f"delete {' and '.join(parts)} ({units.size(report.freed)}) for good?", err=True)
    except click.Abort:  # Ctrl-C, or nobody there to answer
        return False
