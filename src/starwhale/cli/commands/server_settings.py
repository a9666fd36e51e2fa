"""What all commands of `swcli server` ask for: where its data lies, and which file its settings are in."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from starwhale.cli import options
from starwhale.core.errors import MissingDependency

if TYPE_CHECKING:
    from starwhale.cli.session import Session
    from starwhale.server.configuration import Configuration

place = options.all_of(
    click.option(
        "--data",
        type=click.Path(file_okay=False),
        metavar="DIR",
        help="Where its data lies; beside the store of this machine by default.",
    ),
    click.option(
        "--config",
        "file",
        type=click.Path(dir_okay=False),
        metavar="FILE",
        help="Its settings; `server.yaml` in the data directory by default.",
    ),
)
parts = options.all_of(
    click.option("-h", "--host", metavar="ADDRESS", help="Address to listen on; 127.0.0.1 by default."),
    click.option("-p", "--port", type=int, metavar="PORT", help="Port; 8082 by default, 0 takes a free one."),
    click.option("--public-url", metavar="URL", help="Address under which people reach it."),
    click.option("--workers", type=int, metavar="N", help="Processes that answer; 1 by default."),
    click.option(
        "--catalog-url", metavar="URL", help="Catalog, as postgresql+psycopg://…; a file by default."
    ),
    click.option(
        "--objects-url", metavar="URL", help="Blobs, as s3://BUCKET/PREFIX; a directory by default."
    ),
    click.option(
        "--labels",
        metavar="NAME=VALUE,...",
        help="Its labels; it runs jobs of pools that fit them.",
    ),
    click.option(
        "--capacity", metavar="NAME=AMOUNT,...", help="What tasks may have of the machine; found by default."
    ),
    click.option("--log-format", metavar="FORMAT", help="Log lines as text or json."),
    click.option(
        "-e",
        "--env",
        multiple=True,
        metavar="NAME=VALUE",
        help="Variable of its environment; may be repeated.",
    ),
)


def configured(
    session: Session, data: str | None, file: str | None, said: Mapping[str, Any] | None = None
) -> Configuration:
    """The settings of the server that a command is about.

    Args:
        session: The run of swcli.
        data: What `--data` said.
        file: What `--config` said.
        said: What the other options said, by the names of settings; `env` as NAME=VALUE texts.

    Raises:
        MissingDependency: the packages of a server are not installed.
        InvalidSpec: a setting is wrong.
        NotFound: there is no such file.
    """
    needed()
    from starwhale.server.configuration import configure, pairs

    flags: dict[str, Any] = {**(said or {}), "data": data}
    environ = dict(session.environ)
    if given := flags.pop("env", ()):
        # As it was with 0.6: whatever is in its environment, and so settings of its own as well.
        environ |= pairs(given, "--env")
    for name in ("labels", "capacity"):
        if flags.get(name) is not None:
            flags[name] = pairs(flags[name].split(","), f"--{name}")
    default = session.settings.root.with_name("starwhale-server")
    found = configure(flags, environ, default, Path(os.path.abspath(file)) if file else None)  # noqa: PTH100 - a link stays one
    for variable, meant in found.odd.items():
        session.out.say(f"{variable} is no setting and counts for nothing; did you mean {meant}?")
    return found


def needed() -> None:
    """See that the packages of a server are there.

    Raises:
        MissingDependency: they are not.
    """
    from importlib.util import find_spec

    # Only looked for: `prometheus_client` counts for several processes only if they were there first.
    for module in ("fastapi", "uvicorn", "argon2", "prometheus_client"):
        if find_spec(module) is None:
            raise MissingDependency(
                f"a server needs the package {module}",
                hint="install it with `pip install 'starwhale[server]'`",
            )
