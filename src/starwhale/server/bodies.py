"""The size of request bodies: a limit for all that is no upload."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starwhale.server.problems import Problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Bodies of this type are read in pieces by whoever takes them, and may be of any size.
STREAMED = ("application/octet-stream", "application/vnd.apache.arrow.stream")


class BodyLimit:
    """Refuses a body that is larger than allowed, as soon as that is known.

    Args:
        app: What the requests are for.
        largest: Bytes.
    """

    def __init__(self, app: ASGIApp, largest: int) -> None:
        self._app = app
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        headers = dict(scope.get("headers", ()))
        kind = headers.get(b"content-type", b"").partition(b";")[0].decode("latin-1").strip().lower()
        if scope["type"] != "http" or kind in STREAMED:
            await self._app(scope, receive, send)
            return
        if int(headers.get(b"content-length", b"0") or 0) > self._largest:
            await self._refuse(scope, receive, send)
            return
        taken, refused = 0, False

        async def limited() -> Message:
            nonlocal taken, refused
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._largest:
                refused = True
                return {"type": "http.disconnect"}
            return message

        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            if refused and not started:
                return
            started = True
            await send(message)

        await self._app(scope, limited, watched)
        if refused and not started:
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "too_large",
            f"a request has at most {self._largest:,} bytes here",
            "files are uploaded in pieces of their own",
        )
        await problem(scope, receive, send)
