"""Calling the functions of users: in threads, on the loop, in batches, or piece by piece."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import partial
from types import AsyncGeneratorType, GeneratorType
from typing import Any

from starwhale.core.types.optional import is_a
from starwhale.serving.answers import Answer, answer_of
from starwhale.serving.batches import Batches, rows_of
from starwhale.serving.endpoint import Endpoint
from starwhale.serving.problems import Ended, TimedOut
from starwhale.serving.settings import ServeSettings
from starwhale.serving.threads import Threads

_END = object()
_CLEARING_UP = 5.0
"""Seconds in which the end of a stream is waited for; it goes on beside, should it need more."""
_STREAMS = (GeneratorType, AsyncGeneratorType)


@dataclass(frozen=True, slots=True)
class Stream:
    """A result that comes in pieces; iterate once, and close what is not read to its end."""

    pieces: AsyncGenerator[Any, None]


class Calls:
    """Calls functions for one server; made on its loop.

    Args:
        settings: Its bounds.
    """

    def __init__(self, settings: ServeSettings) -> None:
        self.threads = Threads(settings.threads, settings.backlog)
        self._loop = asyncio.get_running_loop()
        self._settings = settings
        self._batches: dict[str, Batches] = {}

    async def call(self, endpoint: Endpoint, values: dict[str, Any], finish: Callable[[Any], Any]) -> Any:
        """The result of one request.

        Args:
            endpoint: What to call.
            values: Its arguments.
            finish: Makes the answer of what the function returned; called where the function runs.

        Returns:
            What `finish` gave, a `Stream`, or what the user's function made to answer by itself.

        Raises:
            TimedOut: it took too long.
            Unavailable: too many wait already.
            Exception: whatever the function raised.
        """
        seconds = endpoint.timeout or self._settings.timeout
        if endpoint.batch_size > 1:
            result = await self._batch(endpoint, seconds).call(values)
            return finish(endpoint.show(result))
        if endpoint.is_async:
            result = endpoint.call(values)
            if not isinstance(result, AsyncGeneratorType):
                result = await self._on_loop(result, seconds, endpoint.uri)
            result = _finished(endpoint, result, finish)
        else:
            work = partial(_work, endpoint, values, finish)
            result = await self._in_thread(work, seconds, endpoint.uri)
            if inspect.isawaitable(result):
                result = _finished(endpoint, await self._on_loop(result, seconds, endpoint.uri), finish)
        if isinstance(result, _STREAMS):
            return Stream(self._pieces(result, seconds, endpoint))
        return result

    def _batch(self, endpoint: Endpoint, seconds: float) -> Batches:
        found = self._batches.get(endpoint.uri)
        if found is None:

            async def run(columns: dict[str, list[Any]], count: int) -> Sequence[Any]:
                if endpoint.is_async:
                    return rows_of(await self._on_loop(endpoint.call(columns), seconds, endpoint.uri), count)
                return await self._in_thread(
                    lambda: rows_of(endpoint.call(columns), count), seconds, endpoint.uri
                )

            found = self._batches[endpoint.uri] = Batches(endpoint, run, self._settings.backlog)
        return found

    async def _on_loop(self, awaitable: Awaitable[Any], seconds: float, uri: str) -> Any:
        bound = asyncio.timeout(seconds)
        try:
            async with bound:
                return await awaitable
        except TimeoutError:
            if bound.expired():
                raise _too_long(uri, seconds) from None
            raise
        except (SystemExit, KeyboardInterrupt) as error:
            raise Ended(error) from error

    async def _in_thread(self, work: Callable[[], Any], seconds: float, uri: str) -> Any:
        future = self.threads.submit(work)
        expired = False

        def expire() -> None:
            nonlocal expired
            expired = True
            self.threads.give_up(future)

        timer = self._loop.call_later(seconds, expire)
        try:
            return await future
        except asyncio.CancelledError:
            if expired:
                raise _too_long(uri, seconds) from None
            self.threads.give_up(future)
            raise
        finally:
            timer.cancel()

    async def _pieces(self, stream: Any, seconds: float, endpoint: Endpoint) -> AsyncGenerator[Any, None]:
        pieces = (
            self._threaded(stream, seconds, endpoint.uri) if isinstance(stream, GeneratorType) else stream
        )
        async with aclosing(pieces):
            while True:
                try:
                    piece = await self._on_loop(anext(pieces), seconds + 1, endpoint.uri)
                except StopAsyncIteration:
                    return
                yield endpoint.show(piece)

    async def _threaded(self, stream: Generator[Any], seconds: float, uri: str) -> AsyncGenerator[Any, None]:
        steps = _Steps(stream)
        try:
            while (piece := await self._in_thread(steps.next, seconds, uri)) is not _END:
                yield piece
        finally:
            with suppress(Exception):  # what it raises at its end concerns no request
                await self._in_thread(steps.close, min(seconds, _CLEARING_UP), uri)

    def close(self) -> None:
        """Let idle threads end."""
        self.threads.close()


class _Steps:
    """A generator that one thread may close while another is busy in it: then that one closes it."""

    def __init__(self, stream: Generator[Any]) -> None:
        self._stream = stream
        self._busy = threading.Lock()
        self._closed = False

    def next(self) -> Any:
        with self._busy:
            piece = next(self._stream, _END)
        if self._closed:
            self.close()
        return piece

    def close(self) -> None:
        self._closed = True
        if self._busy.acquire(blocking=False):
            try:
                self._stream.close()
            finally:
                self._busy.release()


def _work(endpoint: Endpoint, values: dict[str, Any], finish: Callable[[Any], Any]) -> Any:
    return _finished(endpoint, endpoint.call(values), finish)


def _finished(endpoint: Endpoint, result: Any, finish: Callable[[Any], Any]) -> Any:
    if isinstance(result, _STREAMS) or inspect.isawaitable(result) or answers_itself(result):
        return result
    return finish(endpoint.show(result))


def answers_itself(result: Any) -> bool:
    """Whether a function returned a response of the web framework, to be sent as it is."""
    return is_a(result, "starlette.responses", "Response")


def whole_answer(result: Any) -> Answer:
    """The answer of a result; a lone picture is its own bytes."""
    return answer_of(result)


def json_answer(result: Any) -> Answer:
    """The answer of a result as JSON, pictures as well."""
    return answer_of(result, raw=False)


def _too_long(uri: str, seconds: float) -> TimedOut:
    return TimedOut(f"{uri} took longer than {seconds:g} s")
