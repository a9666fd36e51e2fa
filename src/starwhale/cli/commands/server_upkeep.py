"""`swcli server doctor`, `migrate`, `upgrade-check` and `reset-admin`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click
from click.exceptions import Exit

from starwhale.cli.commands.server_settings import configured, place

if TYPE_CHECKING:
    from starwhale.cli.frame import Noun
    from starwhale.cli.session import Session

_MARKS = {"ok": "✓", "warning": "!", "failed": "✗"}


def add_upkeep(noun: Noun) -> None:
    """Register the commands."""
    _add_doctor(noun)
    _add_migrate(noun)
    _add_upgrade_check(noun)
    _add_reset_admin(noun)


def _add_doctor(noun: Noun) -> None:
    @noun.leaf("doctor", examples=["server doctor", "server doctor --data /srv/sw -o json"])
    @place
    @click.pass_obj
    def doctor(session: Session, data: str | None, file: str | None) -> None:
        """Check that a server has what it needs, whether it runs or not.

        Exits with 1 when something is wrong that it cannot do without.
        """
        from dataclasses import asdict

        from starwhale.cli.output import Column
        from starwhale.server.doctor import examine

        findings = list(examine(configured(session, data, file).settings))
        columns = (
            Column(key="state", title=" ", show=lambda state: _MARKS[state]),
            Column(key="name", title="CHECK"),
            Column(key="detail"),
            Column(key="hint"),
        )
        session.out.table([asdict(each) for each in findings], columns)
        failed = [each.name for each in findings if each.state == "failed"]
        if failed:
            session.out.say(f"not well: {', '.join(failed)}")
            raise Exit(1)


def _add_migrate(noun: Noun) -> None:
    @noun.leaf("migrate", examples=["server migrate", "server migrate --config /etc/starwhale/server.yaml"])
    @place
    @click.pass_obj
    def migrate(session: Session, data: str | None, file: str | None) -> None:
        """Bring the catalog of a server to this release, in one transaction; a start does so by itself.

        Where there is no catalog, none is made.
        """
        from starwhale.server.upgrading import migrate as bring

        before, after = bring(configured(session, data, file).settings)
        text = f"the catalog is at revision {after}"
        told = text if before == after else f"{text}, it was at {before or 'none'}"
        session.out.line(told, {"before": before, "after": after})


def _add_upgrade_check(noun: Noun) -> None:
    @noun.leaf("upgrade-check", examples=["server upgrade-check", "server upgrade-check -o json"])
    @place
    @click.pass_obj
    def upgrade_check(session: Session, data: str | None, file: str | None) -> None:
        """Say what starting this release would change in the catalog; nothing is changed.

        The migrations are tried on a copy where the catalog is a file.
        """
        from dataclasses import asdict

        from starwhale.server.upgrading import check

        found = check(configured(session, data, file).settings)
        session.out.line(found.sentence, asdict(found))
        if not found.possible:
            raise Exit(1)


def _add_reset_admin(noun: Noun) -> None:
    @noun.leaf(
        "reset-admin",
        examples=[
            "server reset-admin",
            "server reset-admin --user ada",
            "server reset-admin --user helper --create",
        ],
    )
    @place
    @click.option("--user", default="admin", show_default=True, metavar="NAME", help="Login name.")
    @click.option("--create", is_flag=True, help="Make the account where there is none of this name.")
    @click.pass_obj
    def reset_admin(session: Session, data: str | None, file: str | None, user: str, create: bool) -> None:
        """Let somebody administer the server again, with a random password that is shown once.

        For whoever may read the data of the server, and has lost the password of its administrator. Whoever
        has been no administrator becomes one. A name that nobody has is refused, unless `--create` is given.
        """
        from starwhale.server.upgrading import reset_administrator

        settings = configured(session, data, file).settings
        password = reset_administrator(settings, user, create=create)
        session.out.say("it is shown this once; all sessions of that account have ended")
        session.out.line(f"{user} has the password {password}", {"user": user, "password": password})
