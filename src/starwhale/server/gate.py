"""What every request passes before anything else: whom it names, whence it comes, how large it is."""

from __future__ import annotations

import logging
import re
import secrets
import time
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starwhale.server.problems import Problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from starwhale.server.settings import ServerSettings

_log = logging.getLogger("starwhale.access")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{8,64}")
# Forms of a body that a page of another site can have a browser send without asking.
_SIMPLE = ("text/plain", "application/x-www-form-urlencoded")
_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", _POLICY.encode()),
)


class Gate:
    """Lets requests through to an application, numbers them, and writes them down.

    Args:
        app: What they are for.
        settings: What is let through.
    """

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        given = headers.get("x-request-id", "")
        number = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        state = scope.setdefault("state", {})
        state["request_id"], state["address"] = number, self._address(scope, headers)
        started, status = time.monotonic(), 0

        async def numbered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                named = {name for name, _ in message["headers"]}
                added = [each for each in _HEADERS if each[0] not in named]
                message["headers"] = [*message["headers"], *added, (b"x-request-id", number.encode())]
            await send(message)

        refusal = self._refusal(scope, headers)
        try:
            await (refusal or self._app)(scope, receive, numbered)
        finally:
            self._write_down(scope, status, time.monotonic() - started)

    def _refusal(self, scope: Scope, headers: dict[str, str]) -> Problem | None:
        host = headers.get("host", "")
        if not self._settings.may_be_called(host):
            return Problem(
                HTTPStatus.MISDIRECTED_REQUEST,
                "unknown_host",
                f"this server is not called {host[:100]!r}",
                "name it in the setting `hosts`, if it is",
            )
        if scope["method"] in _SAFE:
            return None
        if not self._is_from_here(host, headers):
            return Problem(
                HTTPStatus.FORBIDDEN, "foreign_origin", "another site may not change anything here"
            )
        if headers.get("content-type", "").partition(";")[0].strip().lower() in _SIMPLE:
            return Problem(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "send JSON as application/json"
            )
        return None

    def _is_from_here(self, host: str, headers: dict[str, str]) -> bool:
        origin = headers.get("origin")
        if origin is None:
            return headers.get("sec-fetch-site", "none") in {"same-origin", "none"}
        found = urlsplit(origin)
        return found.netloc == host or (
            bool(self._settings.public_url) and origin == self._settings.public_url.rstrip("/")
        )

    def _address(self, scope: Scope, headers: dict[str, str]) -> str:
        client = scope.get("client")
        address = str(client[0]) if client else ""
        if address in self._settings.proxies:
            return headers.get("x-forwarded-for", "").rpartition(",")[2].strip() or address
        return address

    def _write_down(self, scope: Scope, status: int, seconds: float) -> None:
        state = scope["state"]
        actor = state.get("actor")
        _log.info(
            "%s %s",
            scope["method"],
            scope["path"],
            extra={
                "status": status,
                "milliseconds": round(seconds * 1000, 1),
                "request": state["request_id"],
                "address": state["address"],
                "user": actor.name if actor is not None else "",
            },
        )
