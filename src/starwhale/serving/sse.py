"""Results in pieces, as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from typing import Any, Protocol

from starwhale.serving.answers import to_json
from starwhale.serving.calls import Stream
from starwhale.serving.requests import Receive, Send

HEARTBEAT = 15.0
"""Seconds of silence after which a comment is sent, so that nobody on the way hangs up."""
_PATIENCE = 5.0
"""Seconds in which an error of the first piece still becomes an answer of its own."""
_END = object()
HEAD: tuple[tuple[bytes, bytes], ...] = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
)


class Framing(Protocol):
    """How pieces become events."""

    def first(self) -> bytes:
        """Sent before the first piece."""
        ...

    def piece(self, value: Any) -> bytes:
        """The event of a piece; empty for none."""
        ...

    def failed(self, problem: dict[str, Any]) -> bytes:
        """The last event of a stream that broke."""
        ...

    def last(self) -> bytes:
        """The last event of a stream that ended."""
        ...

    @property
    def ended(self) -> bool:
        """Whether nothing more is wanted."""
        ...


class Events:
    """Each piece is the data of an event; an event ``end`` or ``error`` comes last."""

    ended = False

    def first(self) -> bytes:
        return b""

    def piece(self, value: Any) -> bytes:
        return b"data: " + to_json(value) + b"\n\n"

    def failed(self, problem: dict[str, Any]) -> bytes:
        return b"event: error\ndata: " + to_json(problem) + b"\n\n"

    def last(self) -> bytes:
        return b"event: end\ndata: null\n\n"


async def send_events(
    stream: Stream,
    framing: Framing,
    receive: Receive,
    send: Send,
    describe: Callable[[BaseException], dict[str, Any]],
) -> int:
    """Send a stream until it ends, breaks, or the client leaves.

    Args:
        stream: The pieces; closed in the end.
        framing: How they become events.
        receive: Tells that the client left.
        send: Where to.
        describe: Makes a problem document of an error.

    Returns:
        Status of the answer; 499 where the client left.

    Raises:
        Exception: whatever the first piece raised before anything was sent.
    """
    gone = asyncio.ensure_future(_left(receive))
    sender = _Sender(framing, send)
    try:
        async with aclosing(stream.pieces) as pieces:
            return await _pump(pieces, sender, gone, describe)
    finally:
        gone.cancel()


class _Sender:
    def __init__(self, framing: Framing, send: Send) -> None:
        self.framing = framing
        self.started = False
        self._send = send

    async def start(self) -> None:
        if not self.started:
            self.started = True
            await self._send({"type": "http.response.start", "status": 200, "headers": list(HEAD)})
            await self.write(self.framing.first())

    async def write(self, data: bytes, *, more: bool = True) -> None:
        if data or not more:
            await self._send({"type": "http.response.body", "body": data, "more_body": more})


async def _pump(
    pieces: AsyncGenerator[Any, None],
    sender: _Sender,
    gone: asyncio.Future[None],
    describe: Callable[[BaseException], dict[str, Any]],
) -> int:
    while not sender.framing.ended:
        step = asyncio.ensure_future(_next(pieces))
        try:
            while not step.done():
                bound = HEARTBEAT if sender.started else _PATIENCE
                done, _ = await asyncio.wait({step, gone}, timeout=bound, return_when=asyncio.FIRST_COMPLETED)
                if gone in done and step not in done:
                    return 499
                if not done:
                    await (sender.write(b": waiting\n\n") if sender.started else sender.start())
        finally:
            # Whoever waits here may be cancelled, and pieces cannot be closed while one is on its way.
            if step.cancel():
                with suppress(BaseException):
                    await step
        try:
            piece = step.result()
            event = b"" if piece is _END else sender.framing.piece(piece)
        except Exception as error:
            if not sender.started:
                raise
            await sender.write(sender.framing.failed(describe(error)), more=False)
            return 500
        await sender.start()
        if piece is _END:
            break
        await sender.write(event)
    await sender.write(sender.framing.last(), more=False)
    return 200


async def _next(pieces: AsyncGenerator[Any, None]) -> Any:
    return await anext(pieces, _END)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
