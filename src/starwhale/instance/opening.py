"""Which instance a name means: the store of this machine, or a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from starwhale.core.config import load_config
from starwhale.core.instances import LOCAL, find_alias, is_instance
from starwhale.core.names import is_name

if TYPE_CHECKING:
    from starwhale.core.settings import Settings
    from starwhale.instance.local import LocalInstance
    from starwhale.instance.remote import RemoteInstance

Instance: TypeAlias = "LocalInstance | RemoteInstance"


def open_instance(settings: Settings, name: str = LOCAL) -> Instance:
    """The instance that addresses call so; nothing is connected before it is used.

    Args:
        settings: Where things lie on this machine.
        name: ``local``, an alias of config.yaml, or a URL, at which nobody is logged in. In a job of a
            server ``local`` is that server.

    Raises:
        NotFound: no such alias is configured.
        InvalidUri: it is none of these.
    """
    if name == LOCAL:
        return _home(settings)
    from starwhale.instance.remote import RemoteInstance

    if is_instance(name) and not is_name(name):
        return RemoteInstance(name, name, settings=settings)
    known = load_config(settings.config_path).instances
    entry = known[find_alias(name, dict.fromkeys(known, ""))]
    if entry.uri == LOCAL:
        from starwhale.instance.local import LocalInstance

        return LocalInstance(settings)
    return RemoteInstance(
        entry.alias, entry.uri, token=entry.sw_token, user=entry.user_name, settings=settings
    )


def _home(settings: Settings) -> Instance:
    from starwhale.instance.home import home_of

    home = home_of()
    if home is not None:
        from starwhale.instance.within_job import JobInstance

        return JobInstance(LOCAL, home.url, token=home.token, settings=settings)
    from starwhale.instance.local import LocalInstance

    return LocalInstance(settings)
