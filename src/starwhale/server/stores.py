"""The store of bytes of a server, as its address and its environment say."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from starwhale.storage.objects import open_objects

if TYPE_CHECKING:
    from starwhale.storage.objects import Objects

_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")


def open_store(url: str) -> Objects:
    """The store at an address; keys and endpoint of S3 are taken from the usual variables.

    An endpoint that is written as ``http://`` is spoken to so: whoever writes it means it.
    """
    options: dict[str, Any] = {}
    if url.startswith(("s3://", "s3a://")):
        endpoint = next((os.environ[name] for name in _ENDPOINTS if os.environ.get(name)), "")
        if endpoint.startswith("http://"):
            options["client_options"] = {"allow_http": True}
    return open_objects(url, options)
