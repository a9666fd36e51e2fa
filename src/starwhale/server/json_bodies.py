"""JSON in request bodies: measured before it is taken apart, since little text can be many values."""

from __future__ import annotations

import codecs
import gc
import json
import re
import time
from collections.abc import Callable, Coroutine, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic_core import from_json
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from starwhale.core.errors import StarwhaleError, Unauthorized, UsageError
from starwhale.server.bodies import TooLarge
from starwhale.server.callers import caller

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
#: Lists and objects that a body of JSON holds at most: an empty one takes two bytes to send, many to hold.
MOST_NESTED = 100_000
#: The same where a route takes no large ones.
MOST_NESTED_OF_PLAIN = 20_000
#: Values that it holds at most.
MOST_VALUES = 500_000
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
_DEEP = "a body is nested too deeply"
_HALF = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class _Sign:
    """Letters of which a body holds only so many, and what each stands for."""

    letters: bytes
    most: int
    noun: str
    hint: str = "send it in parts"


_OF_PLAIN = (_Sign(b"[{", MOST_NESTED_OF_PLAIN, "lists and objects"),)
_OF_LARGE = (
    _Sign(b"[{", MOST_NESTED, "lists and objects"),
    _Sign(b",", MOST_VALUES, "values"),
    # Slow to read by the megabyte.
    _Sign(b"\\", 1_000_000, "escaped letters", "send the letters themselves, in UTF-8"),
    _Sign(b" \n\t\r", 8 << 20, "blanks", "send it without them"),
)


class _Measure:
    """Counts signs in what arrives, and refuses it once they are too many."""

    def __init__(self, signs: Sequence[_Sign]) -> None:
        self._signs = signs
        self._found = [0] * len(signs)

    def add(self, data: bytes | bytearray) -> None:
        for begin in range(0, len(data), _PIECE):
            if begin:
                # Whoever waits for the interpreter gets it now, and not when it is taken from us.
                time.sleep(0)
            for place, sign in enumerate(self._signs):
                for letter in sign.letters:
                    self._found[place] += data.count(letter, begin, begin + _PIECE)
                if self._found[place] > sign.most:
                    raise UsageError(f"a body holds at most {sign.most:,} {sign.noun}", hint=sign.hint)


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
            UsageError: what it says would take too much memory, or too long to read.
        """
        if not hasattr(self, "_body"):
            # What stands in the header was looked at by `BodyLimit`.
            await self._check(int(self.headers.get("content-length", 0)))
            pieces, taken, measure = list[bytes](), 0, _Measure(_OF_LARGE if self._large else _OF_PLAIN)
            async for piece in self.stream():
                taken += len(piece)
                await self._check(taken)
                measure.add(piece)
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
        if self._large and len(data) > MOST_OF_SHORT:
            return await run_in_threadpool(_parse_long, data)
        return _parse(data)


def _parse(data: bytes) -> Any:
    # Only escapes can write halves of letters, which are no text anywhere else.
    text = data.decode("utf-8-sig")
    with _nothing_collected():
        try:
            value = json.loads(text)
        except RecursionError:
            raise UsageError(_DEEP) from None
    if ("\\ud" in text or "\\uD" in text) and _has_half_letters(value):
        raise _refusal("value_error", "a text may not hold one half of a surrogate pair")
    return value


def _parse_long(data: bytes) -> Any:
    """What a long body says, by a reader that takes a fifth of the time; nobody else has his turn meanwhile.

    It looks no further into what is nested 200 times, and takes no halves of letters.
    """
    with _nothing_collected():
        try:
            return from_json(data.removeprefix(codecs.BOM_UTF8))
        except ValueError as error:
            if str(error).startswith("recursion limit"):
                raise UsageError(_DEEP) from None
            raise _refusal("json_invalid", str(error)) from None


@contextmanager
def _nothing_collected() -> Generator[None]:
    """While nothing but new values is made nothing can be found, and looking takes five times as long."""
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collected:
            gc.enable()


def _refusal(kind: str, why: str) -> RequestValidationError:
    return RequestValidationError([{"type": kind, "loc": ("body",), "msg": why, "ctx": {"error": why}}])


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


def check_json(data: bytes | bytearray, values: int, nested: int) -> None:
    """Refuse JSON that is small to send and large to hold, by the signs that make it large.

    Args:
        data: The text; signs within its strings count as well.
        values: How many it may hold.
        nested: How many lists and objects.

    Raises:
        UsageError: it holds more.
    """
    signs = (_Sign(b"[{", nested, "lists and objects"), _Sign(b",", values, "values"))
    _Measure([each for each in signs if each.most < len(data)]).add(data)
