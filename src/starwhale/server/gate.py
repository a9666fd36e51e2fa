"""What every request passes before anything else: whom it names, whence it comes, how large it is."""

from __future__ import annotations

import logging
import re
import secrets
import time
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starwhale.server.logbook import path_of
from starwhale.server.problems import Problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from starwhale.server.settings import ServerSettings

_log = logging.getLogger("starwhale.access")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{8,64}")
# Forms of a body that a page of another site can have a browser send without asking.
_SIMPLE = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data")
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(:[0-9]{1,5})?")
_LONGEST_ADDRESS = 100
# So many names are known to be ours or not; nearly all requests bring the same.
_HOSTS = 100
# The address itself is what lets whoever uses it: cookies count for nothing there.
_BY_ADDRESS = "/api/v1/services/"
# What is sent to a service of a job has the form that the service likes.
_OF_SERVICES = re.compile(r"/api/v1/projects/[^/]+/jobs/[^/]+/services/")
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
        self._may_be_called = lru_cache(_HOSTS)(settings.may_be_called)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        given = headers.get("x-request-id", "")
        number = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        state = scope.setdefault("state", {})
        state["request_id"], state["address"] = number, self._address(scope, headers)
        started, status = time.monotonic(), 0
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send, headers)
            return
        added = self._headers(scope, number)

        async def numbered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                named = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(each for each in added if each[0] not in named)]
            await send(message)

        refusal = self._refusal(scope, headers)
        try:
            await (refusal or self._app)(scope, receive, numbered)
        finally:
            self._write_down(scope, status, time.monotonic() - started)

    def _refusal(self, scope: Scope, headers: dict[str, str]) -> Problem | None:
        host = headers.get("host", "")
        if not self._is_called(scope, host):
            return Problem(
                HTTPStatus.MISDIRECTED_REQUEST,
                "unknown_host",
                f"this server is not called {host[:100]!r}",
                "name it in the setting `hosts`, if it is",
            )
        if scope["method"] in _SAFE or scope["path"].startswith(_BY_ADDRESS):
            return None
        if not self._is_from_here(host, headers):
            return Problem(
                HTTPStatus.FORBIDDEN, "foreign_origin", "another site may not change anything here"
            )
        if _OF_SERVICES.match(scope["path"]):
            return None
        if headers.get("content-type", "").partition(";")[0].strip().lower() in _SIMPLE:
            return Problem(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "send JSON as application/json"
            )
        return None

    def _is_from_here(self, host: str, headers: dict[str, str]) -> bool:
        origin, public = headers.get("origin"), self._settings.public_url.rstrip("/").lower()
        if origin is None:
            return headers.get("sec-fetch-site", "none") in {"same-origin", "none"}
        origin, host = origin.lower(), host.lower()
        if public and urlsplit(public).netloc == host:
            # Who can answer in our name without HTTPS is not us.
            return origin == public
        return origin in {f"http://{host}", f"https://{host}"} or (bool(public) and origin == public)

    def _is_called(self, scope: Scope, host: str) -> bool:
        named = sum(name == b"host" for name, _ in scope["headers"])
        return named == 1 and _HOST.fullmatch(host) is not None and self._may_be_called(host)

    def _headers(self, scope: Scope, number: str) -> list[tuple[bytes, bytes]]:
        added = [*_HEADERS, (b"x-request-id", number.encode())]
        if scope["path"].startswith("/api/"):
            # What somebody may see is no business of whoever sits at the same browser next.
            added.append((b"cache-control", b"no-store"))
        if self._settings.secure:
            added.append((b"strict-transport-security", b"max-age=31536000"))
        return added

    async def _socket(self, scope: Scope, receive: Receive, send: Send, headers: dict[str, str]) -> None:
        """Let a web socket through: no browser asks before it opens one to another site."""
        host = headers.get("host", "")
        by_address = scope["path"].startswith(_BY_ADDRESS)
        if self._is_called(scope, host) and (by_address or self._is_from_here(host, headers)):
            await self._app(scope, receive, send)
            return
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": "another site may not do this"})

    def _address(self, scope: Scope, headers: dict[str, str]) -> str:
        client = scope.get("client")
        address = str(client[0]) if client else ""
        if address in self._settings.proxies:
            told = headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
            return told[:_LONGEST_ADDRESS] or address
        return address

    def _write_down(self, scope: Scope, status: int, seconds: float) -> None:
        state = scope["state"]
        actor = state.get("actor")
        _log.info(
            "%s %s",
            scope["method"],
            path_of(scope),
            extra={
                "status": status,
                "milliseconds": round(seconds * 1000, 1),
                "request": state["request_id"],
                "address": state["address"],
                "user": actor.name if actor is not None else "",
            },
        )
