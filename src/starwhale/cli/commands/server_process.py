"""`swcli server start`, `stop`, `status` and `config`."""

from __future__ import annotations

import math
import os
import shlex
from typing import TYPE_CHECKING, Any

import rich_click as click

from starwhale.cli.commands.server_settings import configured, parts, place
from starwhale.core.errors import NotFound, StarwhaleError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from starwhale.cli.frame import Noun
    from starwhale.cli.session import Session
    from starwhale.server.seat import Sitting


def add_process(noun: Noun) -> None:
    """Register the commands."""
    _add_start(noun)
    _add_stop(noun)
    _add_status(noun)
    _add_config(noun)


def _add_start(noun: Noun) -> None:
    @noun.leaf(
        "start",
        examples=[
            "server start",
            "server start --no-detach --host 0.0.0.0 --data /srv/sw",
            "server start --workers 4 --catalog-url postgresql+psycopg://sw@db/sw",
        ],
    )
    @place
    @parts
    @click.option(
        "--detach/--no-detach",
        default=True,
        show_default=True,
        help="Run in the background, or here until Ctrl-C.",
    )
    @click.option("--dry-run", is_flag=True, help="Only check the settings, and show them.")
    @click.option(
        "-i", "--server-image", metavar="IMAGE", help="Of 0.6, where a server was a container; does nothing."
    )
    @click.option("--db-image", hidden=True, help="Of 0.6, likewise.")
    @click.option("--tell", type=int, hidden=True, help="Pipe that takes the address, for --detach.")
    @click.pass_obj
    def start(
        session: Session,
        data: str | None,
        file: str | None,
        detach: bool,
        dry_run: bool,
        server_image: str | None,
        db_image: str | None,
        tell: int | None,
        **said: Any,
    ) -> None:
        """Start a server, in the background unless told otherwise.

        The first start makes an administrator with a random password, which is shown once.
        """
        if server_image or db_image:
            session.out.say("a server needs no image any more; --server-image and --db-image do nothing")
        if dry_run:
            _show(session, data, file, said)
        elif detach and tell is None:
            _start_detached(session, data, file, said)
        elif tell is None:
            _serve(session, data, file, said, None)
        else:
            from starwhale.server.detaching import hear

            _serve(session, data, file, hear(), tell)


def _show(session: Session, data: str | None, file: str | None, said: dict[str, Any]) -> None:
    found = configured(session, data, file, said)
    rows = [{"name": each.name, "value": each.value, "origin": each.origin} for each in found.shown()]
    _table(session, rows, show_origin=True)


def _serve(
    session: Session, data: str | None, file: str | None, said: dict[str, Any], pipe: int | None
) -> None:
    try:
        found = configured(session, data, file, said)
        root = found.settings.store.root
        os.environ |= _environment(said)
        from starwhale.server.running import run

        def tell(url: str, password: str | None) -> None:
            if pipe is not None:
                from starwhale.server.detaching import say

                say(pipe, {"url": url, "password": password})
                return
            _welcome(session, password)
            session.out.say(f"Starwhale serves {root} at {url}; Ctrl-C ends it")

        run(found, tell)
    except StarwhaleError as exc:
        if pipe is not None:
            from starwhale.server.detaching import say_failure

            say_failure(pipe, exc)
        raise


def _start_detached(session: Session, data: str | None, file: str | None, said: dict[str, Any]) -> None:
    from starwhale.server.detaching import LOG, start_detached

    found = configured(session, data, file, said)
    root = found.settings.store.root
    words = ["server", "start", "--no-detach", "--data", str(root)]
    if found.file is not None:
        words += ["--config", str(found.file)]
    url, password = start_detached(words, said, root, dict(session.environ))
    _welcome(session, password)
    session.out.say(f"its log is {root / LOG}; `swcli server stop{_named(data)}` ends it")
    session.out.line(f"Starwhale serves {root} at {url}", {"url": url, "data": str(root)})


def _named(data: str | None) -> str:
    return f" --data {shlex.quote(data)}" if data else ""


def _environment(said: dict[str, Any]) -> dict[str, str]:
    from starwhale.server.configuration import pairs

    return pairs(said.get("env") or (), "--env")


def _welcome(session: Session, password: str | None) -> None:
    if password is not None:
        session.out.say(f"the first administrator is called admin, with the password {password}")
        session.out.say("it is shown this once; change it after the first login")


def _check_seconds(_ctx: click.Context, _param: click.Parameter, given: float | None) -> float | None:
    if given is not None and not 0 <= given < math.inf:
        raise UsageError(f"--timeout cannot be {given:g}", hint="say seconds, 0 or more")
    return given


def _add_stop(noun: Noun) -> None:
    @noun.leaf("stop", examples=["server stop", "server stop --data /srv/sw --timeout 60"])
    @place
    @click.option(
        "--timeout",
        type=float,
        callback=_check_seconds,
        metavar="SECONDS",
        help="End it after so long, 0 or more; as its settings say.",
    )
    @click.pass_obj
    def stop(session: Session, data: str | None, file: str | None, timeout: float | None) -> None:
        """Have a server finish what is under way, and end; wait for that."""
        from starwhale.server.detaching import stop as stop_server

        settings = configured(session, data, file).settings
        root = settings.store.root
        sitting = _sitting(root, data)
        patience = settings.drain + settings.grace + 15.0 if timeout is None else timeout
        session.out.say(f"waiting for the server at {sitting.url} to finish what is under way …")
        gently = stop_server(
            sitting, root, patience, lambda passed: session.out.say(f"… {passed:.0f} s of {patience:.0f} s")
        )
        how = "has stopped" if gently else f"did not stop within {patience:.0f} s and was ended"
        session.out.line(f"the server at {sitting.url} {how}", {"url": sitting.url, "gently": gently})


def _sitting(root: Path, data: str | None) -> Sitting:
    from starwhale.server.seat import find_sitting

    sitting = find_sitting(root)
    if sitting is None or not sitting.runs:
        raise NotFound(f"no server runs on {root}", hint=f"`swcli server start{_named(data)}` starts one")
    return sitting


def _add_status(noun: Noun) -> None:
    @noun.leaf("status", aliases=("ps",), examples=["server status", "server status -o json"])
    @place
    @click.pass_obj
    def status(session: Session, data: str | None, file: str | None) -> None:
        """Show the server of a data directory: where it answers, since when, what it has done.

        Exits with 3 when none runs.
        """
        from starwhale.cli import units
        from starwhale.server.asking import ask

        root = configured(session, data, file).settings.store.root
        sitting = _sitting(root, data)
        answer = ask(sitting)
        plain = {
            "url": sitting.url,
            "state": answer.state,
            "pid": sitting.process.pid,
            "version": sitting.version,
            "uptime": round(sitting.uptime, 1),
            "workers": sitting.workers,
            "requests": answer.requests,
            "catalog": sitting.catalog,
            "objects": sitting.objects,
            "data": str(root),
        }
        shown = plain | {"uptime": units.span(sitting.uptime)}
        session.out.record(
            [(name, "" if value is None else str(value)) for name, value in shown.items()], plain
        )


def _add_config(noun: Noun) -> None:
    @noun.leaf("config", examples=["server config", "server config --show-origin"])
    @place
    @parts
    @click.option("--show-origin", is_flag=True, help="Say of each where it comes from.")
    @click.pass_obj
    def config(session: Session, data: str | None, file: str | None, show_origin: bool, **said: Any) -> None:
        """Print every setting of the server as it would be started now; secrets are masked."""
        found = configured(session, data, file, said)
        rows = [
            {"name": each.name, "value": each.value, "origin": each.origin, "meaning": each.meaning}
            for each in found.shown()
        ]
        _table(session, rows, show_origin=show_origin)


def _table(session: Session, rows: list[dict[str, Any]], *, show_origin: bool) -> None:
    from starwhale.cli.output import Column

    last = Column(key="origin", title="FROM") if show_origin else Column(key="meaning", rank=1)
    columns = (Column(key="name", title="SETTING"), Column(key="value", show=_written), last)
    session.out.table(rows, columns)


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return ", ".join(f"{name}={each}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
