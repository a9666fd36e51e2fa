"""Addresses under which one object of a store can be read for a while, past whoever gave them out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import obstore

from starwhale.core.errors import UsageError
from starwhale.storage.objects.keys import check_key
from starwhale.storage.objects.remote import connect

#: Seconds for which an address is good: long enough to begin with, for it is asked for again for each range.
LASTING = 300


class ObjectLinks:
    """Signs addresses with the credentials of the store; nothing is sent for that.

    Args:
        url: ``s3://bucket/prefix``, ``gs://...`` or ``az://...``.
        endpoint: Where those who read reach the store, such as ``https://s3.example.com``.
        options: Further ones of obstore, as of `RemoteObjects`.

    Raises:
        UsageError: the store is a directory, or the address is not one.
    """

    def __init__(self, url: str, endpoint: str, **options: Any) -> None:
        if "://" not in url or url.startswith("file://"):
            hint = "leave `direct_reads` empty"
            raise UsageError("clients cannot read from a directory of the server themselves", hint=hint)
        self._store = connect(url, {**options, "endpoint": endpoint}, {}, {})

    def to(self, key: str) -> str:
        """The address of an object, which need not be there."""
        return obstore.sign(self._store, "GET", check_key(key), timedelta(seconds=LASTING))
