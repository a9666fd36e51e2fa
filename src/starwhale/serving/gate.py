"""Who may ask: pages of other sites may not, nor may names that are not this server's."""

from __future__ import annotations

import re

from starwhale.core.errors import Forbidden
from starwhale.serving.requests import Headers
from starwhale.serving.settings import ServeSettings

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::[0-9]{1,5})?")
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


class Gate:
    """Checks the `Host` and `Origin` of requests.

    A server on the loopback address has no other protection from the web pages that its user visits: such a
    page can send requests there, and by a name of its own that leads to 127.0.0.1 even read the answers.

    Args:
        settings: Names and pages that are allowed besides.
        host: What the server listens on; any name is right where it is not the loopback address.
    """

    def __init__(self, settings: ServeSettings, host: str = "") -> None:
        self._origins = settings.origins
        self._names = frozenset({*_LOOPBACK, host, *settings.hosts}) if _is_loopback(host) else None
        self._known: set[bytes] = set()

    def check(self, method: str, headers: Headers) -> None:
        """Let a request in.

        Raises:
            Forbidden: it is not for this server, or comes from a page of another site.
        """
        host = headers.get(b"host", b"")
        if self._names is not None and host not in self._known:
            self._check_host(host)
        if b"origin" in headers and method not in _SAFE:
            self._check_origin(headers[b"origin"].decode("latin-1").lower(), host.decode("latin-1").lower())

    def allowed_origin(self, headers: Headers) -> bytes | None:
        """The page elsewhere that is named as allowed and asks here; None for all others."""
        origin = headers.get(b"origin")
        if origin is None or not self._origins:
            return None
        return origin if self._is_allowed(origin.decode("latin-1").lower()) else None

    def _is_allowed(self, origin: str) -> bool:
        return "*" in self._origins or origin in self._origins

    def _check_host(self, host: bytes) -> None:
        told = host.decode("latin-1")
        found = _HOST.fullmatch(told)
        assert self._names is not None
        # As it is listened on, an address of IPv6 has no brackets.
        if found is None or not {found[1].lower(), found[1].strip("[]").lower()} & self._names:
            raise Forbidden(
                f"this server is not called {told[:100]!r}", hint="SW_SERVE_ALLOW_HOSTS gives it more names"
            )
        if len(self._known) < 64:
            self._known.add(host)

    def _check_origin(self, origin: str, host: str) -> None:
        if origin not in {f"http://{host}", f"https://{host}"} and not self._is_allowed(origin):
            raise Forbidden(
                f"pages of {origin} may not call this server", hint="SW_SERVE_ALLOW_ORIGINS lets them"
            )


def _is_loopback(host: str) -> bool:
    return host in {"localhost", "::1"} or host.startswith("127.")
