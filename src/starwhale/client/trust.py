"""Which certificates are believed: read once, for reading them takes longer than a request."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

import httpx2

if TYPE_CHECKING:
    import ssl


def trusted() -> ssl.SSLContext:
    """What connections are verified by; all of a process share it while its environment stays the same."""
    return _read(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@cache
def _read(_file: str | None, _folder: str | None) -> ssl.SSLContext:
    return httpx2.create_ssl_context()
