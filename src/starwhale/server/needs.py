"""What a server cannot do without: looked at when it starts, before it says that it is there."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from starwhale.core.errors import Unavailable
from starwhale.jobs.executors.users import check_user
from starwhale.server.stores import is_far, probe

if TYPE_CHECKING:
    from starwhale.server.settings import ServerSettings

_log = logging.getLogger("starwhale.server")
_PATIENCE = 5.0


def check_needs(settings: ServerSettings) -> None:
    """Refuse to start where each request or each job would fail.

    A store that only does not answer may come back: it is told of in the log.

    Raises:
        UsageError: there is no such bucket, its keys are wrong, or no worker can be started as the user that
            is named.
        Corrupted: the store gives back other bytes than it was given.
    """
    if settings.worker_user and settings.executor != "none":
        check_user(settings.worker_user, settings.most_jobs)
    if is_far(settings.store.objects_url):
        try:
            probe(settings.store.objects_url, patience=_PATIENCE)
        except Unavailable as error:
            _log.warning("the store of objects does not answer: %s", error.message)
