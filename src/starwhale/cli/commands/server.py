"""`swcli server`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from starwhale.cli.frame import Noun

if TYPE_CHECKING:
    from starwhale.cli.session import Session


server = Noun(name="server", aliases=("svr",), help="Run a Starwhale server on this machine.")


@server.leaf("start", examples=["server start", "server start --host 0.0.0.0 --data /srv/sw"])
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="Address to listen on; 0.0.0.0 lets other machines in.",
)
@click.option(
    "--port", type=int, default=8082, show_default=True, metavar="PORT", help="Port; 0 takes a free one."
)
@click.option(
    "--data",
    type=click.Path(file_okay=False),
    metavar="DIR",
    help="Where its data lies; `server` beside the store of this machine by default.",
)
@click.option("--public-url", default="", metavar="URL", help="Address under which people reach it.")
@click.pass_obj
def start(session: Session, host: str, port: int, data: str | None, public_url: str) -> None:
    """Serve until Ctrl-C or SIGTERM.

    The first start makes an administrator with a random password, which is shown once.
    """
    from starwhale.core.errors import MissingDependency
    from starwhale.core.settings import Settings

    try:
        from starwhale.server.running import run
        from starwhale.server.settings import ServerSettings
    except ModuleNotFoundError as exc:
        raise MissingDependency(
            f"a server needs the package {exc.name}", hint="install it with `pip install 'starwhale[server]'`"
        ) from exc
    root = Path(data) if data else session.settings.root.with_name("starwhale-server")
    settings = ServerSettings(store=Settings.at(root), host=host, port=port, public_url=public_url)

    def tell(url: str, password: str | None) -> None:
        if password is not None:
            session.out.say(f"the first administrator is called admin, with the password {password}")
            session.out.say("it is shown this once; change it after the first login")
        session.out.say(f"Starwhale serves {root} at {url}; Ctrl-C ends it")

    run(settings, tell)
