"""`login` and `logout`: servers that addresses may name from then on."""

from __future__ import annotations

import os
import re

from starwhale.core.errors import UsageError
from starwhale.core.instances import normal_url


def login(instance: str, alias: str = "", username: str = "", password: str = "", token: str = "") -> None:
    """Log in to a server, as ``swcli instance login`` does.

    What is kept, in config.yaml, is a token for this machine, never the password.

    Args:
        instance: Address of the server.
        alias: What to call it from now on; its host by default.
        username: Login name, with a password.
        password: The password.
        token: A token that was made on the server, instead of both.

    Raises:
        Unauthorized: name, password or token are wrong.
        Unavailable: the server does not answer.
        UsageError: neither a token nor a name with a password is given.
        InvalidUri: the address is none.

    Example:
        ```python
        from starwhale import dataset, login

        login("http://localhost:8082", alias="team", token="...")
        rows = dataset("cloud://team/project/vision/dataset/digits", readonly=True)
        ```
    """
    from starwhale.core.settings import Settings
    from starwhale.instance.logins import Logins

    logins = Logins(Settings.from_env(os.environ).config_path)
    name = alias or _alias(instance)
    if token:
        logins.by_token(instance, name, token)
    elif username and password:
        logins.by_password(instance, name, username, password)
    else:
        raise UsageError("nobody says who logs in", hint="give token=..., or username=... and password=...")


def logout(instance: str) -> None:
    """Forget a server, and have it forget the token of this machine.

    Args:
        instance: Its alias, or its address.

    Raises:
        NotFound: there is none of this name.
        UsageError: it is this machine.
    """
    from starwhale.api.place import defaults
    from starwhale.core.addresses import parse_instance
    from starwhale.core.settings import Settings
    from starwhale.instance.logins import Logins

    Logins(Settings.from_env(os.environ).config_path).logout(parse_instance(instance, defaults()))


def _alias(instance: str) -> str:
    host = normal_url(instance).partition("://")[2]
    return re.sub(r"[^a-z0-9_.-]+", "-", host).strip("-._") or "server"
