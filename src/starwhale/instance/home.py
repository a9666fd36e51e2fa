"""Where ``local`` is: the store of this machine, or, for what a server's job runs, that server."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starwhale.core.addresses import Defaults
from starwhale.core.instances import LOCAL, normal_url

if TYPE_CHECKING:
    from starwhale.core.config import Config

#: Variables that name a server, what is shown at its door, and the project that addresses may leave out.
INSTANCE, TOKEN, PROJECT = "SW_INSTANCE_URI", "SW_TOKEN", "SW_PROJECT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The server that a process calls ``local``.

    Attributes:
        url: ``http[s]://host[:port]``.
        token: What it shows at the door.
        project: Its current project.
    """

    url: str
    token: str = field(repr=False)
    project: str

    def to_env(self) -> dict[str, str]:
        """The variables from which another process reads the same."""
        return {INSTANCE: self.url, TOKEN: self.token, PROJECT: self.project}


def home_of(environ: Mapping[str, str] | None = None) -> Home | None:
    """The server that the environment names; None where ``local`` is the store of this machine.

    Args:
        environ: Variables; those of this process by default.

    Raises:
        InvalidUri: the variable holds no address of a server.
    """
    found = os.environ if environ is None else environ
    url, token, project = found.get(INSTANCE), found.get(TOKEN), found.get(PROJECT)
    if not (url and token and project) or not url.startswith(("http://", "https://")):
        return None
    return Home(url=normal_url(url), token=token, project=project)


def at_home(config: Config, environ: Mapping[str, str] | None = None) -> Config:
    """A config in which ``local`` is the server that the environment names, if it names one."""
    home = home_of(environ)
    if home is None:
        return config
    from starwhale.core.config import InstanceEntry

    entry = InstanceEntry(
        alias=LOCAL, uri=home.url, type="server", sw_token=home.token, current_project=home.project
    )
    return config.with_instance(entry)


def defaults_at_home(known: Defaults) -> Defaults:
    """The same for what addresses may leave out."""
    home = home_of()
    if home is None:
        return known
    project = home.project if known.instance == LOCAL else known.project
    return Defaults(instance=known.instance, project=project, aliases={**known.aliases, LOCAL: home.url})
