"""`swcli gc`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from starwhale.cli.frame import Leaf

if TYPE_CHECKING:
    from starwhale.cli.session import Session


@click.command("gc", cls=Leaf, examples=["gc --dry-run", "gc --yes"])
@click.option("--dry-run", is_flag=True, help="Only tell what would be freed.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def gc(session: Session, *, dry_run: bool, yes: bool) -> None:
    """Free the space of what nothing refers to any more.

    Empties the trash and deletes bytes that belong to no version and no job. What a build or a
    job is writing right now is left alone.
    """
    from starwhale.cli import units

    collect = session.instance.collect
    report = collect(dry_run=True)
    if not dry_run and report.freed and not yes:
        question = f"delete {units.size(report.freed)} for good?"
        if not click.confirm(question, err=True):
            raise click.Abort
    if not dry_run:
        report = collect(dry_run=False)
    verb = "would be freed" if dry_run else "freed"
    session.out.line(f"{units.size(report.freed)} {verb} ({units.number(report.blobs)} files)", report)
