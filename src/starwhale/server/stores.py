"""The store of bytes of a server, as its address and its environment say."""

from __future__ import annotations

import os
import secrets
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from starwhale.core.errors import Corrupted, Forbidden, NotFound, UsageError
from starwhale.storage.objects import open_objects

if TYPE_CHECKING:
    from starwhale.storage.objects import Objects

_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
_PROBE = 64


def open_store(url: str, *, patience: float | None = None) -> Objects:
    """The store at an address; keys and endpoint of S3 are taken from the usual variables.

    An endpoint that is written as ``http://`` is spoken to so: whoever writes it means it.

    Args:
        url: The address.
        patience: Seconds for one attempt and, about, for all; as long as a network may need by default.
    """
    options: dict[str, Any] = {}
    client: dict[str, Any] = {}
    if url.startswith(("s3://", "s3a://")):
        endpoint = next((os.environ[name] for name in _ENDPOINTS if os.environ.get(name)), "")
        if endpoint.startswith("http://"):
            client["allow_http"] = True
    if patience is not None and is_far(url):
        client |= dict.fromkeys(("connect_timeout", "read_timeout", "timeout"), f"{patience:.0f}s")
        options["retry_config"] = {"max_retries": 1, "retry_timeout": timedelta(seconds=patience)}
    if client:
        options["client_options"] = client
    return open_objects(url, options)


def is_far(url: str) -> bool:
    """Whether bytes go over a network to get there."""
    return "://" in url and not url.startswith("file:")


def probe(url: str, *, patience: float) -> float:
    """Put something into a store, read it, and take it away again; the seconds that took.

    Args:
        url: Address of the store.
        patience: Seconds to wait for it.

    Raises:
        UsageError: there is no such bucket, or the keys are wrong or may not do that.
        Corrupted: it gives back other bytes than it was given.
        Unavailable: it does not answer.
    """
    began = time.perf_counter()
    key, sent = f"probes/{secrets.token_hex(16)}", secrets.token_bytes(_PROBE)
    try:
        objects = open_store(url, patience=patience)
        objects.put(key, sent)
        try:
            same = objects.get(key) == sent
        finally:
            objects.delete(key)
    except NotFound as error:
        hint = "make it, or name another with `objects_url`"
        raise UsageError(f"there is no bucket for the objects of {url}", hint=hint) from error
    except Forbidden as error:
        hint = "check its keys (AWS_ACCESS_KEY_ID and the like), and that they may put, get, list and delete"
        raise UsageError(f"the store of objects {url} refuses the keys of this server", hint=hint) from error
    if not same:
        raise Corrupted(f"the store of objects {url} gives back other bytes than it was given")
    return time.perf_counter() - began
