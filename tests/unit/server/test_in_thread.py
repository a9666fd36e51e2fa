"""Functions that are carried out in threads: what is quick is waited for, and nothing else is."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar

import anyio
import pytest

from starwhale.server import in_thread as module
from starwhale.server.in_thread import in_thread

WHO: ContextVar[str] = ContextVar("who", default="nobody")


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known of any function, and long enough for a machine that is busy is quick."""
    monkeypatch.setattr(module, "PATIENCE", 0.5)
    monkeypatch.setattr(module, "WAITING", 0.05)
    monkeypatch.setattr(module, "_TOOK", dict[Callable[..., object], float]())
    monkeypatch.setattr(module, "_WAITED", dict[Callable[..., object], float]())


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What went where all goes that is not quick."""
    went, usual = list[object](), module.run_in_threadpool

    async def noted(call: Callable[[], object]) -> object:
        went.append(call)
        return await usual(call)

    monkeypatch.setattr(module, "run_in_threadpool", noted)
    return went


def _who(*, greeting: str) -> tuple[str, str, str]:
    return greeting, WHO.get(), threading.current_thread().name


def test_it_is_carried_out_in_a_thread_in_the_context_of_the_caller() -> None:
    async def ask() -> list[tuple[str, str, str]]:
        WHO.set("ada")
        return [await in_thread(_who, greeting="hello") for _ in range(3)]

    for greeting, who, thread in asyncio.run(ask()):
        assert (greeting, who) == ("hello", "ada")
        assert thread != threading.current_thread().name


def test_what_waits_again_and_again_is_not_quick(elsewhere: list[object]) -> None:
    def wait(*, seconds: float) -> None:
        time.sleep(seconds)

    async def ask(seconds: float, times: int) -> int:
        before = len(elsewhere)
        for _ in range(times):
            await in_thread(wait, seconds=seconds)
        return len(elsewhere) - before

    assert asyncio.run(ask(0.2, 1)) == 0
    assert asyncio.run(ask(0.0, 3)) == 0, "it waited once, as anything may on a busy machine"
    assert asyncio.run(ask(0.2, 8)) > 0
    assert asyncio.run(ask(0.0, 40)) < 40, "it no longer waits"


def test_what_it_raises_is_raised(elsewhere: list[object]) -> None:
    def fail() -> None:
        raise KeyError("gone")

    async def ask() -> None:
        for _ in range(3):
            with pytest.raises(KeyError, match="gone"):
                await in_thread(fail)

    asyncio.run(ask())
    assert elsewhere == []


def test_the_loop_stands_still_for_what_is_quick() -> None:
    others = list[str]()

    async def act() -> None:
        asyncio.get_running_loop().call_soon(others.append, "another had its turn")
        for _ in range(10):
            await in_thread(_who, greeting="hello")
        assert others == []

    asyncio.run(act())


def test_the_loop_goes_on_beside_what_is_not_quick(
    monkeypatch: pytest.MonkeyPatch, elsewhere: list[object]
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    woken = threading.Event()

    def wait() -> bool:
        # Only the loop wakes it up: were it not going on, nobody would.
        return woken.wait(30)

    async def act() -> None:
        asyncio.get_running_loop().call_soon(woken.set)
        assert await in_thread(wait)
        assert elsewhere == []
        # It waited for some time, and that is not forgotten at once.
        assert await in_thread(wait)
        assert len(elsewhere) == 1
        for _ in range(50):
            assert await in_thread(wait)
        assert 1 <= len(elsewhere) < 50

    asyncio.run(act())


def test_where_functions_wait_for_others_the_loop_goes_on(elsewhere: list[object]) -> None:
    async def act() -> None:
        for _ in range(3):
            await in_thread(_who, greeting="hello")

    try:
        module.stand_still(allowed=False)
        asyncio.run(act())
    finally:
        module.stand_still(allowed=True)
    assert len(elsewhere) == 3


def test_what_goes_on_when_the_process_is_to_end_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.001)
    ends, ended = threading.Event(), list[bool]()

    def work() -> None:
        ended.append(ends.wait(30))

    async def act() -> None:
        left = asyncio.create_task(in_thread(work))
        await asyncio.sleep(0.05)
        asyncio.get_running_loop().call_later(0.1, ends.set)
        await asyncio.to_thread(module.finish)
        assert ended == [True]
        await left

    asyncio.run(act())


def test_a_thread_whose_loop_was_closed_serves_the_next_one(
    monkeypatch: pytest.MonkeyPatch, elsewhere: list[object]
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.001)
    for _ in range(12):
        ends = threading.Event()

        def work(ends: threading.Event = ends) -> None:
            ends.wait(30)

        async def leave(work: Callable[[], None] = work) -> None:
            task = asyncio.create_task(in_thread(work))
            await asyncio.sleep(0.01)
            task.cancel()

        loop = asyncio.new_event_loop()
        loop.run_until_complete(leave())
        loop.close()
        ends.set()
        module.finish()
    assert elsewhere == []


def test_more_at_once_than_there_are_threads_all_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.001)
    met = threading.Barrier(30)

    def meet(*, number: int) -> int:
        met.wait(30)
        return number

    async def act() -> list[int]:
        return await asyncio.gather(*(in_thread(meet, number=each) for each in range(30)))

    assert asyncio.run(act()) == list(range(30))


def test_whoever_leaves_waits_for_the_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.001)
    began, ends, ended = threading.Event(), threading.Event(), list[bool]()

    def work() -> None:
        began.set()
        ended.append(ends.wait(30))

    async def act() -> None:
        scope = anyio.CancelScope()

        async def leave() -> None:
            await anyio.to_thread.run_sync(began.wait)
            scope.cancel()
            asyncio.get_running_loop().call_later(0.05, ends.set)

        leaving = asyncio.create_task(leave())
        with scope:
            await in_thread(work)
        await leaving
        assert ended == [True]

    asyncio.run(act())


def test_a_child_that_was_forked_has_threads_of_its_own() -> None:
    async def ask() -> str:
        return (await in_thread(_who, greeting="hello"))[0]

    asyncio.run(ask())
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if asyncio.run(ask()) == "hello" else 1)
        finally:
            os._exit(2)
    deadline = time.monotonic() + 30
    while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0) and time.monotonic() < deadline:
        time.sleep(0.01)
    if ended == (0, 0):
        os.kill(child, 9)
        os.waitpid(child, 0)
    assert ended == (child, 0)
