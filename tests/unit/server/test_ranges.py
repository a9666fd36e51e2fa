"""The pieces of a large answer: all of them, in their order, and the next one read before it is asked for."""

from __future__ import annotations

import asyncio
import gc
import time
from threading import Event, Lock
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.server import ranges
from starwhale.server.ranges import part_of, pieces


@given(st.binary(max_size=64), st.data())
def test_all_bytes_come_once_and_in_their_order(data: bytes, drawn: st.DataObject) -> None:
    start = drawn.draw(st.integers(0, len(data)))
    end = drawn.draw(st.integers(start, len(data)))
    short = drawn.draw(st.integers(1, 8))
    at_once = Lock()

    def read(at: int, length: int) -> bytes:
        assert at_once.acquire(blocking=False), "two pieces are read at once"
        try:
            return data[at : at + min(length, short)]
        finally:
            at_once.release()

    async def all_of() -> list[bytes]:
        return [piece async for piece in pieces(read, start, end)]

    assert b"".join(asyncio.run(all_of())) == data[start:end]


def test_the_next_piece_is_read_while_one_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "PIECE", 1)
    read_at, second = list[int](), Event()

    def read(at: int, length: int) -> bytes:
        read_at.append(at)
        if at == 1:
            second.set()
        return b"x" * length

    async def first_of_three() -> None:
        flow = pieces(read, 0, 3)
        assert await anext(flow) == b"x"
        assert await asyncio.to_thread(second.wait, 10)
        await flow.aclose()

    asyncio.run(first_of_three())
    assert read_at == [0, 1], "no more than one piece is held for whoever is slow"


def test_those_who_leave_wait_for_their_threads() -> None:
    """However many come and go, no more is read at once than threads are lent."""
    now, most, lock = 0, 0, Lock()

    def read(_at: int, length: int) -> bytes:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.2)
        with lock:
            now -= 1
        return b"x" * length

    async def visit() -> None:
        async for _ in pieces(read, 0, 4):
            pass

    async def all_of() -> None:
        anyio.to_thread.current_default_thread_limiter().total_tokens = 4
        async with anyio.create_task_group() as group:
            for _ in range(5):
                for _ in range(4):
                    group.start_soon(visit)
                await anyio.sleep(0.02)
                group.cancel_scope.cancel()

    asyncio.run(all_of())
    assert 1 <= most <= 4
    assert now == 0


@pytest.mark.parametrize(
    ("header", "part"),
    [
        (None, None),
        ("", None),
        ("bytes=-", None),
        ("bytes=5-3", None),
        ("bytes=0-1,5-9", None),
        ("items=0-5", None),
        ("bytes=0-", (0, 10)),
        ("bytes=2-4", (2, 5)),
        ("bytes=8-99", (8, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-99", (0, 10)),
    ],
)
def test_what_is_asked_for(header: str | None, part: tuple[int, int] | None) -> None:
    assert part_of(header, 10) == part


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=99-100", "bytes=-0"])
def test_what_is_not_there_is_empty(header: str) -> None:
    start, end = part_of(header, 10) or (0, 1)
    assert start >= end


def test_too_few_bytes_are_an_error() -> None:
    async def all_of() -> list[bytes]:
        return [piece async for piece in pieces(lambda at, _length: b"abc"[at:], 0, 4)]

    with pytest.raises(OSError, match="end too early"):
        asyncio.run(all_of())


def test_an_error_of_a_piece_that_nobody_waits_for_is_no_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "PIECE", 1)
    failed, told = Event(), list[dict[str, Any]]()

    def read(at: int, length: int) -> bytes:
        if at:
            failed.set()
            raise OSError("the disk is gone")
        return b"x" * length

    async def gone_after_the_first() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context))
        flow = pieces(read, 0, 2)
        await anext(flow)
        await asyncio.to_thread(failed.wait, 10)
        await asyncio.sleep(0.05)
        await flow.aclose()
        gc.collect()

    asyncio.run(gone_after_the_first())
    assert told == []
