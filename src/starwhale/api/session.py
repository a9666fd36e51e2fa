"""The store that user code speaks to: opened when first needed, one per process."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from starwhale.api.place import Project
    from starwhale.core.settings import Settings
    from starwhale.evaluations.results import ResultStore
    from starwhale.instance.local import LocalInstance
    from starwhale.instance.opening import Instance


def on_disk() -> LocalInstance:
    """The store of this user on this machine, as the environment says where it lies."""
    from starwhale.core.settings import Settings

    return _open(Settings.from_env(os.environ), os.getpid())


def local() -> LocalInstance:
    """What addresses call ``local``: `on_disk`, or the server whose job this process runs."""
    from starwhale.core.instances import LOCAL
    from starwhale.core.settings import Settings
    from starwhale.instance.home import home_of

    home = home_of()
    if home is None:
        return on_disk()
    known = (home.url, home.token)
    return cast("LocalInstance", _open_other(Settings.from_env(os.environ), LOCAL, known, os.getpid()))


def at(instance: str) -> LocalInstance:
    """The instance that addresses call so; of a server what `RemoteInstance` has of the attributes.

    Args:
        instance: ``local``, an alias, or a URL.

    Raises:
        NotFound: no such alias is configured.
    """
    from starwhale.core.instances import LOCAL
    from starwhale.core.settings import Settings

    if instance == LOCAL:
        return local()
    from starwhale.core.config import load_config

    settings = Settings.from_env(os.environ)
    # Whoever logs in or out has another token from then on.
    entry = load_config(settings.config_path).instances.get(instance)
    token = (entry.uri, entry.sw_token) if entry is not None else ()
    return cast("LocalInstance", _open_other(settings, instance, token, os.getpid()))


@lru_cache(maxsize=4)
def _open(settings: Settings, process: int) -> LocalInstance:  # noqa: ARG001 - a fork needs connections of its own
    from starwhale.instance.local import LocalInstance

    return LocalInstance(settings)


@lru_cache(maxsize=8)
def _open_other(settings: Settings, instance: str, token: tuple[str, ...], process: int) -> Instance:  # noqa: ARG001 - as above
    from starwhale.instance.opening import open_instance

    return open_instance(settings, instance)


def results_of(project: Project, job: str) -> ResultStore:
    """The tables of one evaluation; of one on a server what `RemoteResults` has of the methods."""
    return at(project.instance.alias).results(project.name, job)
