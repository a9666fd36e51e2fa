"""The size of request bodies, as they are sent and as they are read: a limit for all that is no upload."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi import Request, Response
from starlette.exceptions import HTTPException

from starwhale.core.errors import StarwhaleError, Unauthorized, UsageError
from starwhale.server.callers import caller
from starwhale.server.problems import Problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
#: Bodies of this type are read in pieces by whoever takes them, and may be of any size.
STREAMED = ("application/octet-stream", "application/vnd.apache.arrow.stream")
_LONGEST_LENGTH = 18
#: Lists and objects that a body of JSON holds at most: an empty one takes two bytes to send, many to hold.
MOST_NESTED = 200_000
#: Values that it holds at most.
MOST_VALUES = 1_000_000
#: The same for rows that programs send, many at a time.
MOST_OF_ROWS, MOST_NESTED_OF_ROWS = 4_000_000, 1_000_000
#: Bytes of JSON that are read of somebody who has not said who he is.
MOST_OF_STRANGERS = 1 << 20


class JsonRequest(Request):
    """A request whose JSON is measured before it is taken apart."""

    async def json(self) -> Any:
        """What the body says.

        Raises:
            Unauthorized: it is long, and nobody knows whose it is.
            UsageError: it would take too much memory, or is nested too deeply.
            ValueError: it is no JSON.
        """
        data = await self.body()
        if len(data) > MOST_OF_STRANGERS and (await caller(self)).user is None:
            raise Unauthorized("so much is not read of anybody", hint="log in, or send a token")
        check_json(data)
        try:
            return await super().json()
        except RecursionError:
            raise UsageError("a body is nested too deeply") from None


def measured(carry_out: Handler) -> Handler:
    """Have a route read its JSON so."""

    async def handler(request: Request) -> Response:
        try:
            return await carry_out(JsonRequest(request.scope, request.receive))
        except HTTPException as error:
            # So the framework tells that a body could not be read; why is what caused it.
            if isinstance(error.__cause__, StarwhaleError):
                raise error.__cause__ from None
            raise

    return handler


def check_json(data: bytes | bytearray, values: int = MOST_VALUES, nested: int = MOST_NESTED) -> None:
    """Refuse JSON that is small to send and large to hold, by the signs that make it large.

    Args:
        data: The text; signs within its strings count as well.
        values: How many it may hold.
        nested: How many lists and objects.

    Raises:
        UsageError: it holds more.
    """
    if len(data) > nested and data.count(b"[") + data.count(b"{") > nested:
        raise UsageError(f"a body holds at most {nested:,} lists and objects", hint="send it in parts")
    if len(data) > values and data.count(b",") > values:
        raise UsageError(f"a body holds at most {values:,} values", hint="send it in parts")


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
        problem = Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "too_large",
            f"a request has at most {self._largest:,} bytes here",
            "files are uploaded in pieces of their own",
        )
        await problem(scope, receive, send)


def _takes_pieces(scope: Scope) -> bool:
    """Whether the route that was found by now reads its body itself."""
    route = scope.get("route")
    return route is not None and getattr(route, "body_field", None) is None
