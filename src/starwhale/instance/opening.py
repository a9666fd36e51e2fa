"""Which instance a name means: the store of this machine, or a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from starwhale.core.instances import LOCAL

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
    from starwhale.instance.servers import open_server

    return open_server(settings, name) or _on_disk(settings)


def _home(settings: Settings) -> Instance:
    from starwhale.instance.home import home_of

    home = home_of()
    if home is not None:
        from starwhale.instance.within_job import JobInstance

        return JobInstance(LOCAL, home.url, token=home.token, settings=settings)
    return _on_disk(settings)


def _on_disk(settings: Settings) -> LocalInstance:
    from starwhale.instance.local import LocalInstance

    return LocalInstance(settings)
