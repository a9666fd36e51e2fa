"""Servers that a machine knows, by what addresses call them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from starwhale.core.config import load_config
from starwhale.core.instances import LOCAL, find_alias, is_instance
from starwhale.core.names import is_name
from starwhale.instance.remote import RemoteInstance

if TYPE_CHECKING:
    from starwhale.core.config import InstanceEntry
    from starwhale.core.settings import Settings


def open_server(settings: Settings, name: str) -> RemoteInstance | None:
    """The server that addresses call so; None where it is another name of this machine.

    Args:
        settings: Where things lie on this machine.
        name: An alias of config.yaml, or a URL, at which nobody is logged in.

    Raises:
        NotFound: no such alias is configured.
        InvalidUri: it is none of these.
    """
    if is_instance(name) and not is_name(name):
        return RemoteInstance(name, name, settings=settings)
    known = load_config(settings.config_path).instances
    entry = known[find_alias(name, dict.fromkeys(known, ""))]
    if entry.uri == LOCAL:
        return None
    return RemoteInstance(
        entry.alias,
        entry.uri,
        token=entry.sw_token,
        user=entry.user_name,
        settings=settings,
        renew=partial(_token_of_now, settings, entry),
    )


def _token_of_now(settings: Settings, then: InstanceEntry) -> str:
    """The token of a login that may have been renewed; empty where another one has taken its place."""
    now = load_config(settings.config_path).instances.get(then.alias)
    is_same = now is not None and (now.uri, now.user_name) == (then.uri, then.user_name)
    return now.sw_token if now is not None and is_same else ""
