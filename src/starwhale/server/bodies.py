"""The size of request bodies as they are sent: a limit for all that is no upload."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starwhale.core.errors import UsageError
from starwhale.server.problems import Problem, problem_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Bodies of this type are read in pieces by whoever takes them, and may be of any size.
STREAMED = ("application/octet-stream", "application/vnd.apache.arrow.stream")
_LONGEST_LENGTH = 18


class TooLarge(UsageError):
    """A body is larger than it may be."""

    code = "too_large"
    http_status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class BodyLimit:
    """Refuses a body that is larger than allowed, as soon as that is known.

    A body of any size is let through only to a route that reads it in pieces itself: one that declares no
    body. Else whoever has not even logged in could fill the memory by calling his letter a parcel.

    Args:
        app: What the requests are for.
        largest: Bytes.
    """

    def __init__(self, app: ASGIApp, largest: int) -> None:
        self._app = app
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope.get("headers", ()))
        kind = headers.get(b"content-type", b"").partition(b";")[0].decode("latin-1").strip().lower()
        told = headers.get(b"content-length", b"0").decode("latin-1")
        if not (told.isascii() and told.isdigit() and len(told) <= _LONGEST_LENGTH):
            problem = Problem(HTTPStatus.BAD_REQUEST, "usage", "Content-Length is no number of bytes")
            await problem(scope, receive, send)
        elif int(told) > self._largest and kind not in STREAMED:
            await self._refuse(scope, receive, send)
        else:
            await self._watched(scope, receive, send, kind in STREAMED)

    async def _watched(self, scope: Scope, receive: Receive, send: Send, parcel: bool) -> None:
        taken, refused, started = 0, False, False

        async def limited() -> Message:
            nonlocal taken, refused
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._largest and not (parcel and _takes_pieces(scope)):
                refused = True
                return {"type": "http.disconnect"}
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            if refused and not started:
                return
            started = True
            await send(message)

        try:
            await self._app(scope, limited, watched)
        except Exception:
            if not refused or started:
                raise
        if refused and not started:
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = problem_of(
            TooLarge(
                f"a request has at most {self._largest:,} bytes here",
                hint="files are uploaded in pieces of their own",
            )
        )
        await problem(scope, receive, send)


def _takes_pieces(scope: Scope) -> bool:
    """Whether the route that was found by now reads its body itself."""
    route = scope.get("route")
    return route is not None and getattr(route, "body_field", None) is None
