"""`swcli server backup`, `restore` and `gc`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from starwhale.cli.commands.server_settings import configured, place
from starwhale.core.errors import Corrupted

if TYPE_CHECKING:
    from starwhale.cli.frame import Noun
    from starwhale.cli.session import Session


def add_data(noun: Noun) -> None:
    """Register the commands."""
    _add_backup(noun)
    _add_restore(noun)
    _add_gc(noun)


def _add_backup(noun: Noun) -> None:
    @noun.leaf("backup", examples=["server backup monday.tar", "server backup /backup/monday --data /srv/sw"])
    @click.argument(
        "to", metavar="FILE", type=click.Path(), help="A file called .tar, or a directory to make."
    )
    @place
    @click.option(
        "--without-objects",
        is_flag=True,
        help="Only list the bytes, where their store is kept safe by itself.",
    )
    @click.pass_obj
    def backup(session: Session, to: str, data: str | None, file: str | None, without_objects: bool) -> None:
        """Write a backup of a server, which may run and be written to meanwhile.

        Every version that was acknowledged before is in it. Settings with secrets are copied too, so keep it
        where nobody else reads.
        """
        from dataclasses import asdict

        from starwhale.cli import units
        from starwhale.server.backup import back_up
        from starwhale.server.configuration import apply_env

        found = configured(session, data, file)
        apply_env(found.settings)
        report = back_up(found.settings, Path(to), objects=not without_objects, file=found.file)
        told = f"{units.number(report.files)} files, {units.size(report.size)}, are in {report.place}"
        session.out.line(told, asdict(report))
        if report.lost:
            raise Corrupted(
                f"{_some_rows(report.lost)} are gone or damaged, and not in the backup",
                hint="an older backup may have them; the rest is in this one, and can be restored",
            )


def _add_restore(noun: Noun) -> None:
    @noun.leaf("restore", examples=["server restore monday.tar --data /srv/new"])
    @click.argument("source", metavar="FILE", type=click.Path(), help="What `server backup` has written.")
    @place
    @click.pass_obj
    def restore(session: Session, source: str, data: str | None, file: str | None) -> None:
        """Put a backup where no server is yet.

        All of it is verified before anything is touched; a place that is not empty is refused.
        """
        from dataclasses import asdict

        from starwhale.cli import units
        from starwhale.server.configuration import apply_env
        from starwhale.server.restoring import restore as put

        settings = configured(session, data, file).settings
        apply_env(settings)
        report = put(settings, Path(source))
        told = f"{units.number(report.files)} files, {units.size(report.size)}, are in {report.place}"
        session.out.line(told, asdict(report))
        if report.lost:
            session.out.say(f"{_some_rows(report.lost)} were not in the backup")
        # The settings are those of the backup from now on.
        lie, wanted = settings.store.objects_url, configured(session, data, file).settings.store.objects_url
        if wanted != lie:
            session.out.say(
                f"its bytes are in {lie}, while server.yaml of the backup says {wanted}:"
                " change objects_url there before the server starts"
            )


def _add_gc(noun: Noun) -> None:
    @noun.leaf("gc", examples=["server gc --dry-run", "server gc --data /srv/sw"])
    @place
    @click.option("--dry-run", is_flag=True, help="Only tell what would be freed.")
    @click.pass_obj
    def gc(session: Session, data: str | None, file: str | None, dry_run: bool) -> None:
        """Free the space of what nothing on a server refers to any more; it may run meanwhile.

        What was removed more than 30 days ago leaves the trash, and bytes that belong to no version, table or
        job are deleted. What is being uploaded or written right now is left alone. A server does the same by
        itself every `collect_every` hours.
        """
        from starwhale.cli import units
        from starwhale.server.collecting import collect_at

        report = collect_at(configured(session, data, file).settings, dry_run=dry_run)
        verb = "would be freed" if dry_run else "freed"
        session.out.line(f"{units.size(report.freed)} {verb}", report)


def _some_rows(lost: tuple[str, ...]) -> str:
    tables = f"{len(lost)} tables, such as" if len(lost) > 1 else "the table"
    return f"rows of {tables} {min(lost)}"
