"""JSON in request bodies: measured before it is taken apart, since little text can be many values."""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Callable, Coroutine
from typing import Any, cast

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from starwhale.core.errors import StarwhaleError, Unauthorized, UsageError
from starwhale.server.bodies import TooLarge
from starwhale.server.callers import caller

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
#: Lists and objects that a body of JSON holds at most: an empty one takes two bytes to send, many to hold.
MOST_NESTED = 200_000
#: The same where a route takes no large ones.
MOST_NESTED_OF_PLAIN = 20_000
#: Values that it holds at most.
MOST_VALUES = 1_000_000
#: The same for rows that programs send, many at a time.
MOST_OF_ROWS, MOST_NESTED_OF_ROWS = 4_000_000, 1_000_000
#: Bytes of JSON that a body has at most where a route takes no large ones, or nobody is logged in.
MOST_OF_PLAIN = 1 << 20
#: Bytes that are taken apart where they arrive: to go to a thread takes longer.
MOST_OF_SHORT = 1 << 16
#: Marks a route that takes as much as the server takes at all.
LARGE = "x-large-body"
#: Bytes that are looked at in one go, in which nobody else is waited for.
_PIECE = 1 << 18
_HALF = re.compile(r"[\ud800-\udfff]")


class JsonRequest(Request):
    """A request whose JSON is measured before it is taken apart.

    Args:
        request: The request.
        large: Whether it may bring as much as the server takes at all.
    """

    def __init__(self, request: Request, *, large: bool) -> None:
        super().__init__(request.scope, request.receive)
        self._large = large

    async def body(self) -> bytes:
        """The body, of which no more is read than is known to be allowed.

        Raises:
            TooLarge: it is longer than the route takes.
            Unauthorized: it is long, and nobody knows whose it is.
        """
        if not hasattr(self, "_body"):
            # What stands in the header was looked at by `BodyLimit`.
            await self._check(int(self.headers.get("content-length", 0)))
            pieces, taken = list[bytes](), 0
            async for piece in self.stream():
                taken += len(piece)
                await self._check(taken)
                pieces.append(piece)
            self._body = b"".join(pieces)
        return self._body

    async def _check(self, size: int) -> None:
        if size <= MOST_OF_PLAIN:
            return
        if not self._large:
            raise TooLarge(f"a body has at most {MOST_OF_PLAIN:,} bytes here", hint="send less at once")
        if (await caller(self)).user is None:
            raise Unauthorized("so much is not read of anybody", hint="log in, or send a token")

    async def json(self) -> Any:
        """What the body says.

        Raises:
            Unauthorized: it is long, and nobody knows whose it is.
            TooLarge: it is longer than the route takes.
            UsageError: it would take too much memory, or is nested too deeply.
            RequestValidationError: a text of it is none.
            ValueError: it is no JSON.
        """
        data = await self.body()
        if not self._large:
            return _parse(data, MOST_NESTED_OF_PLAIN)
        if len(data) > MOST_OF_SHORT:
            return await run_in_threadpool(_parse, data, MOST_NESTED)
        return _parse(data, MOST_NESTED)


def _parse(data: bytes, nested: int) -> Any:
    check_json(data, nested=nested)
    # Only escapes can write halves of letters, which are no text anywhere else.
    text = data.decode("utf-8-sig")
    collected = gc.isenabled()
    # While nothing but new values is made nothing can be found, and looking takes five times as long.
    gc.disable()
    try:
        value = json.loads(text)
    except RecursionError:
        raise UsageError("a body is nested too deeply") from None
    finally:
        if collected:
            gc.enable()
    if ("\\ud" in text or "\\uD" in text) and _has_half_letters(value):
        why = "a text may not hold one half of a surrogate pair"
        raise RequestValidationError([{"type": "value_error", "loc": ("body",), "msg": why}])
    return value


def _has_half_letters(given: Any) -> bool:
    waiting: list[Any] = [given]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            if not value.isascii() and _HALF.search(value):
                return True
        elif isinstance(value, dict):
            mapping = cast("dict[str, Any]", value)
            waiting += [*mapping.keys(), *mapping.values()]
        elif isinstance(value, list):
            waiting += cast("list[Any]", value)
    return False


def measured(carry_out: Handler, *, large: bool) -> Handler:
    """Have a route read its JSON so; see `JsonRequest`."""

    async def handler(request: Request) -> Response:
        try:
            return await carry_out(JsonRequest(request, large=large))
        except HTTPException as error:
            # So the framework tells that a body could not be read; why is what caused it.
            if isinstance(error.__cause__, StarwhaleError | RequestValidationError):
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
    if len(data) > nested and _holds_more(data, (b"[", b"{"), nested):
        raise UsageError(f"a body holds at most {nested:,} lists and objects", hint="send it in parts")
    if len(data) > values and _holds_more(data, (b",",), values):
        raise UsageError(f"a body holds at most {values:,} values", hint="send it in parts")


def _holds_more(data: bytes | bytearray, signs: tuple[bytes, ...], most: int) -> bool:
    found = 0
    for begin in range(0, len(data), _PIECE):
        found += sum(data.count(sign, begin, begin + _PIECE) for sign in signs)
        if found > most:
            return True
    return False
