"""The store that user code speaks to: opened when first needed, one per process."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING

from starwhale.core.errors import UsageError

if TYPE_CHECKING:
    from starwhale.api.place import Project
    from starwhale.core.settings import Settings
    from starwhale.evaluations.results import ResultStore
    from starwhale.instance.local import LocalInstance


def local() -> LocalInstance:
    """The store of this user on this machine, as the environment says where it lies."""
    from starwhale.core.settings import Settings

    return _open(Settings.from_env(os.environ), os.getpid())


@lru_cache(maxsize=4)
def _open(settings: Settings, process: int) -> LocalInstance:  # noqa: ARG001 - a fork needs connections of its own
    from starwhale.instance.local import LocalInstance

    return LocalInstance(settings)


def results_of(project: Project, job: str) -> ResultStore:
    """The tables of one evaluation.

    Raises:
        UsageError: the project lies on a server.
    """
    if not project.instance.is_local:
        raise UsageError(
            f"{project} lies on a server", hint="results are read where they are, on the local instance"
        )
    return local().results(project.name, job)
