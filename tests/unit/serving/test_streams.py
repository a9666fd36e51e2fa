"""Streams of users' functions whose reader is cut off while a piece is on its way."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator
from contextlib import suppress
from typing import Any

import pytest

from starwhale.serving.calls import Calls, Stream
from starwhale.serving.endpoint import Endpoint
from starwhale.serving.requests import Message
from starwhale.serving.settings import ServeSettings
from starwhale.serving.sse import Events, send_events
from starwhale.serving.threads import Threads

PATIENCE = 10.0


class Drip:
    """A function that gives pieces, and holds each until it may go."""

    def __init__(self) -> None:
        self.held = threading.Event()
        self.go = threading.Event()
        self.ended = threading.Event()

    def pieces(self) -> Generator[int]:
        try:
            for number in range(3):
                self.held.set()
                assert self.go.wait(PATIENCE)
                yield number
        finally:
            self.ended.set()


async def never() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


async def taken(_: Message) -> None:
    return None


def described(error: BaseException) -> dict[str, Any]:
    raise AssertionError(error)


def callers() -> set[threading.Thread]:
    return {each for each in threading.enumerate() if each.name.startswith("call-")}


async def cut_off(drip: Drip, *, closed: bool) -> None:
    """Cancel the request of a stream in the middle of a piece, where the server may be closed already."""
    calls = Calls(ServeSettings())
    stream = await calls.call(Endpoint(uri="drip", func=drip.pieces), {}, lambda value: value)
    assert isinstance(stream, Stream)
    request = asyncio.create_task(send_events(stream, Events(), never, taken, described))
    assert await asyncio.to_thread(drip.held.wait, PATIENCE)
    request.cancel()
    if closed:
        calls.close()
    await asyncio.sleep(0)
    drip.go.set()
    async with asyncio.timeout(PATIENCE):
        with suppress(asyncio.CancelledError):
            await request
    assert request.cancelled()
    assert await asyncio.to_thread(drip.ended.wait, PATIENCE)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    calls.close()


@pytest.mark.parametrize("closed", [False, True])
def test_a_request_that_is_cancelled_closes_its_stream_and_leaves_no_task(closed: bool) -> None:
    asyncio.run(cut_off(Drip(), closed=closed))


@pytest.mark.parametrize("used", [False, True])
def test_what_is_to_be_cleared_up_after_the_end_is_still_done(used: bool) -> None:
    before = callers()

    async def act() -> set[threading.Thread]:
        threads = Threads(2, 1)
        if used:
            await threads.submit(lambda: None)
        threads.close()
        async with asyncio.timeout(PATIENCE):
            return await threads.submit(callers)

    for thread in asyncio.run(act()) - before:
        thread.join(PATIENCE)
    assert callers() <= before
