"""Logging in to servers: what config.yaml keeps of it."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starwhale.core.config import Config, InstanceEntry, update_config
from starwhale.core.errors import StarwhaleError, UsageError
from starwhale.core.instances import LOCAL, find_alias, normal_url

if TYPE_CHECKING:
    from pathlib import Path

SERVER = "server"


@dataclass(frozen=True, slots=True)
class Logins:
    """Servers that the user of this machine is logged in to.

    Args:
        config_path: His config.yaml.
    """

    config_path: Path

    def by_password(self, url: str, alias: str, user: str, password: str) -> InstanceEntry:
        """Log in with a password; a token is made for this machine, and the password is kept nowhere.

        Raises:
            Unauthorized: name or password is wrong.
            Unavailable: the server does not answer.
            InvalidUri: the address is none.
        """
        from starwhale.client.http import Http

        url = normal_url(url)
        with Http(url, alias=alias) as http:
            http.post("/login", {"name": user, "password": password})
            made = http.post("/me/tokens", {"name": f"swcli on {socket.gethostname()}"[:80]})
            http.post("/logout")
        return self.by_token(url, alias, made["token"])

    def by_token(self, url: str, alias: str, token: str) -> InstanceEntry:
        """Log in with a token that was made on the server.

        Raises:
            Unauthorized: the token is wrong.
            Unavailable: the server does not answer.
            InvalidUri: the address is none.
        """
        from starwhale.client.http import Http

        if alias == LOCAL:
            raise UsageError("the alias 'local' means this machine", hint="choose another one")
        url = normal_url(url)
        with Http(url, token, alias=alias) as http:
            me = http.get("/me")
            projects = http.get("/projects", {"size": 1})["items"]
        entry = InstanceEntry(
            alias=alias,
            uri=url,
            type=SERVER,
            user_name=me["name"],
            user_role="admin" if me["admin"] else "",
            sw_token=token,
            current_project=projects[0]["name"] if projects else "",
        )
        update_config(self.config_path, lambda config: _with(config, entry))
        return entry

    def logout(self, alias: str) -> InstanceEntry:
        """Forget a server, and have it forget the token; it need not answer for that.

        Raises:
            NotFound: there is none of this alias.
            UsageError: it is this machine.
        """
        from starwhale.client.http import Http

        gone: list[InstanceEntry] = []

        def without(config: Config) -> Config:
            gone.append(config.instances[find_alias(alias, dict.fromkeys(config.instances, ""))])
            return config.without_instance(alias)

        update_config(self.config_path, without)
        entry = gone[-1]
        if entry.sw_token:
            try:
                with Http(entry.uri, entry.sw_token, alias=alias) as http:
                    http.delete("/me/token")
            except StarwhaleError:
                return entry  # the server is away, or knows the token no more
        return entry


def _with(config: Config, entry: InstanceEntry) -> Config:
    known = config.instances.get(entry.alias)
    if known is not None and known.uri == entry.uri and known.current_project:
        from dataclasses import replace

        entry = replace(entry, current_project=known.current_project, extra=known.extra)
    return config.with_instance(entry)
