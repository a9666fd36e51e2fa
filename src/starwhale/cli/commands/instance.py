"""`swcli instance`."""

from __future__ import annotations

import sys
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import rich_click as click

from starwhale.cli.frame import Noun
from starwhale.core.errors import UsageError

if TYPE_CHECKING:
    from starwhale.cli.session import Session
    from starwhale.core.config import InstanceEntry

instance = Noun(name="instance", help="Log in to servers, and choose the one to work on.")


@instance.leaf(
    "login",
    examples=[
        "instance login https://sw.example.com --alias team",
        "instance login http://localhost:8082 --alias team --username ada",
        "instance login https://sw.example.com --alias team --token $TOKEN",
    ],
)
@click.argument(
    "instance", required=False, metavar="URL", help="Address of the server; that of the alias by default."
)
@click.option("--alias", required=True, metavar="ALIAS", help="What to call it from now on.")
@click.option("--username", default="", metavar="NAME", help="Login name.")
@click.option(
    "--password", default="", metavar="TEXT", help="Password; it is asked for where it is left out."
)
@click.option("--token", default="", metavar="TOKEN", help="A token that was made on the server.")
@click.pass_obj
def login(
    session: Session, instance: str | None, alias: str, username: str, password: str, token: str
) -> None:
    """Log in to a server, and call it by an alias.

    Without a name or a token a page of the server is opened in your browser, where you let this machine in.

    What is kept is a token for this machine, in config.yaml, which only you may read.
    """
    from starwhale.instance.logins import Logins, check_alias

    check_alias(alias)
    logins = Logins(session.settings.config_path, session.out.say)
    known = session.config.instances.get(alias)
    url = instance or (known.uri if known is not None else "")
    if not url:
        raise UsageError("nobody says where to", hint="write the address of the server behind `login`")
    if token:
        entry = logins.by_token(url, alias, token.strip())
    elif not username:
        # Where nobody sits in front of it, nobody would ever let it in.
        if password or not sys.stdin.isatty():
            raise UsageError("nobody says who logs in", hint="add --username NAME, or --token TOKEN")
        entry = logins.by_browser(url, alias, partial(_tell_page, session), open_page=_open_page)
    else:
        entry = logins.by_password(url, alias, username, password or _ask(username))
    session.out.line(
        f"{entry.user_name} is logged in to {entry.uri}; `swcli instance select {alias}` works there",
        _plain(entry),
    )


@instance.leaf("list", aliases=("ls",), examples=["instance list", "instance list -o json"])
@click.pass_obj
def list_(session: Session) -> None:
    """List the instances that this machine knows."""
    from starwhale.cli.output import Column

    current = session.config.current_instance
    rows = [
        {**_plain(entry), "current": entry.alias == current} for entry in session.config.instances.values()
    ]
    columns = (
        Column(key="current", title=" ", show=lambda current: "*" if current else ""),
        Column(key="alias"),
        Column(key="uri"),
        Column(key="user", rank=2),
        Column(key="project", rank=1),
    )
    session.out.table(rows, columns)


@instance.leaf("select", aliases=("use",), examples=["instance select team", "instance select local"])
@click.argument("instance", metavar="INSTANCE", help="Its alias.")
@click.pass_obj
def select(session: Session, instance: str) -> None:
    """Work on an instance from now on, where no address says otherwise."""
    from starwhale.core.config import update_config

    update_config(session.settings.config_path, lambda config: config.selecting(instance))
    session.out.line(f"working on {instance}", {"instance": instance})


@instance.leaf("info", examples=["instance info", "instance info team"])
@click.argument("instance", default="", metavar="INSTANCE", help="Its alias; the current one by default.")
@click.pass_obj
def info(session: Session, instance: str) -> None:
    """Show an instance: where it is, who is logged in, which release it runs."""
    from starwhale.core.instances import LOCAL, find_alias

    config = session.config
    known = {each: entry.uri for each, entry in config.instances.items()}
    entry: InstanceEntry = config.instances[find_alias(instance or config.current_instance, known)]
    plain = _plain(entry)
    if entry.alias == LOCAL:
        from starwhale.core.release import __version__

        plain |= {"version": __version__, "root": str(session.settings.root)}
    else:
        from starwhale.client.http import Http

        with Http(entry.uri, entry.sw_token, alias=entry.alias) as http:
            plain |= {"version": http.get("/version", form=lambda told: str(told["version"]))}
    session.out.record([(name, str(value)) for name, value in plain.items() if value], plain)


@instance.leaf("logout", examples=["instance logout team"])
@click.argument("instance", default="", metavar="INSTANCE", help="Its alias; the current one by default.")
@click.pass_obj
def logout(session: Session, instance: str) -> None:
    """Forget a server, and have it forget the token of this machine."""
    from starwhale.instance.logins import Logins

    gone, revoked = Logins(session.settings.config_path).logout(instance or session.config.current_instance)
    if not revoked:
        session.out.say(f"{gone.uri} does not answer: there the token counts until somebody revokes it")
    session.out.line(f"logged out of {gone.alias}", _plain(gone))


def _tell_page(session: Session, page: str, code: str) -> None:
    session.out.say(f"your browser opens {page}")
    session.out.say(f"let this machine in there, if the page shows the code {code}")


def _open_page(page: str) -> None:
    import webbrowser

    # Where there is no browser, the address in the terminal is opened elsewhere.
    with suppress(webbrowser.Error):
        webbrowser.open(page)


def _ask(user: str) -> str:
    if not sys.stdin.isatty():
        raise UsageError("no password is given", hint="add --password, or --token TOKEN")
    return click.prompt(f"Password of {user}", hide_input=True, err=True)


def _plain(entry: InstanceEntry) -> dict[str, str]:
    return {
        "alias": entry.alias,
        "uri": entry.uri,
        "type": entry.type,
        "user": entry.user_name,
        "role": entry.user_role,
        "project": entry.current_project,
    }
