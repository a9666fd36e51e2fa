"""Carries plain functions out in threads, and waits a moment for those that are quick.

An event loop that goes on while a thread works takes the interpreter away from it at each of its calls to the
database, and gives it back at each of its own: for what most requests ask, that costs more than the answer.
So the loop stands still for a function that has been quick of late. One that turns out not to be holds it up
for some milliseconds, and must be quick some times in a row before it is waited for again. What only waits,
for a disk to have written, is not quick: the loop has better things to do meanwhile. Where all functions
wait, for a database elsewhere, it never stands still: see `stand_still`.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, TypeVar

import anyio
from starlette.concurrency import run_in_threadpool

Result = TypeVar("Result")
#: Seconds for which a loop stands still at most; what takes longer is not quick. A thread that works holds
#: the interpreter, and so the loop, for as long anyway.
PATIENCE = 0.005
#: Seconds that a function may wait, on average of late, and still be quick.
WAITING = 0.001
# Threads for what is quick; where all are busy, it goes where all else goes.
_MOST = 8
# Seconds that functions have taken of late, and what is left of that with each further call.
_TOOK: dict[Callable[..., Any], float] = {}
_FADING = 0.5
# Seconds that functions have waited on average, and what each further call counts. A machine that is busy
# makes all wait now and then: that is not the function's doing.
_WAITED: dict[Callable[..., Any], float] = {}
_SHARE = 0.1
#: Seconds that whoever ends the process leaves to what is still carried out.
ENDING = 30.0


async def in_thread(work: Callable[..., Result], /, **values: Any) -> Result:
    """What a function returns that is carried out in a thread, in the context of whoever calls.

    Args:
        work: The function; one of those that live as long as the process.
        values: What it is called with.
    """
    call = partial(_timed, work, values)
    hand = _HANDS.take() if _is_quick(work) else None
    if hand is None:
        return await run_in_threadpool(call)
    return await hand.carry_out(call)


def _is_quick(work: Callable[..., Any]) -> bool:
    return _TOOK.get(work, 0.0) < PATIENCE and _WAITED.get(work, 0.0) < WAITING


def _timed(work: Callable[..., Result], values: dict[str, Any]) -> Result:
    began, worked_before = time.perf_counter(), time.thread_time()
    try:
        return work(**values)
    finally:
        took = time.perf_counter() - began
        waited = took - (time.thread_time() - worked_before)
        _TOOK[work] = max(took, _FADING * _TOOK.get(work, 0.0))
        waited_before = _WAITED.get(work, 0.0)
        _WAITED[work] = waited_before + _SHARE * (waited - waited_before)


def stand_still(*, allowed: bool) -> None:
    """Say whether the loops of this process may stand still at all: not where what is quick only waits."""
    _HANDS.most = _MOST if allowed else 0


def finish() -> None:
    """Wait until nothing is carried out any more, for `ENDING` at most; the process cuts off what goes on."""
    until = time.monotonic() + ENDING
    while _HANDS.busy and time.monotonic() < until:
        time.sleep(0.01)


class _Task:
    """One call, and what came of it.

    Attributes:
        later: Who is told when it has ended, once nobody stands and waits any more.
    """

    __slots__ = ("call", "ended", "error", "later", "loop", "result")

    def __init__(self, call: Callable[[], Any]) -> None:
        self.call, self.loop = partial(copy_context().run, call), asyncio.get_running_loop()
        self.ended = False
        self.later: asyncio.Future[None] | None = None
        self.result: Any = None
        self.error: BaseException | None = None


class _Hand(Thread):
    """A thread that carries one call out after the other."""

    def __init__(self) -> None:
        super().__init__(name="starwhale-quick", daemon=True)
        self._tasks = SimpleQueue[_Task]()
        self._ended = SimpleQueue[None]()
        # Held while it is settled whether who waits still does.
        self._settling = Lock()

    def run(self) -> None:
        """Work for as long as the process lives."""
        while True:
            self._work(self._tasks.get())

    async def carry_out(self, call: Callable[[], Any]) -> Any:
        """What a call returns; the hand is free again afterwards."""
        task = _Task(call)
        self._tasks.put(task)
        if self._is_awaited(task):
            _HANDS.give_back(self)
        elif task.later is not None:
            # As elsewhere: whoever leaves waits for the thread, which may hold what he would close.
            with anyio.CancelScope(shield=True):
                await task.later
        if task.error is None:
            return task.result
        try:
            raise task.error
        finally:
            # The error holds this frame, and the frame the error.
            task.error = None

    def _is_awaited(self, task: _Task) -> bool:
        """Wait for a moment; whether the task has ended. If not, it tells so later."""
        with suppress(Empty):
            self._ended.get(timeout=PATIENCE)
            return True
        with self._settling:
            if not task.ended:
                task.later = task.loop.create_future()
                return False
        self._ended.get()
        return True

    def _work(self, task: _Task) -> None:
        try:
            task.result = task.call()
        except BaseException as exc:  # noqa: BLE001  (it is raised where the call came from)
            task.error = exc
        with self._settling:
            task.ended = True
            later = task.later
        if later is None:
            self._ended.put(None)
            return
        try:
            task.loop.call_soon_threadsafe(self._tell, later)
        except RuntimeError:  # the loop is closed, and nobody is left who waits
            _HANDS.give_back(self)

    def _tell(self, later: asyncio.Future[None]) -> None:
        _HANDS.give_back(self)
        if not later.cancelled():
            later.set_result(None)


class _Hands:
    """The threads of this process that are free."""

    def __init__(self) -> None:
        self._free = list[_Hand]()
        self._made = 0
        self.most = _MOST

    def take(self) -> _Hand | None:
        """One of them; None where all are busy."""
        if self.most:
            with suppress(IndexError):
                return self._free.pop()
        if self._made >= self.most:
            return None
        made = _Hand()
        try:
            made.start()
        except RuntimeError:  # the machine has no more threads; those of others may do
            return None
        self._made += 1
        return made

    @property
    def busy(self) -> bool:
        """Whether one of them is at work."""
        return len(self._free) < self._made

    def give_back(self, hand: _Hand) -> None:
        """Let the next call have it."""
        self._free.append(hand)

    def forget(self) -> None:
        """Be without any, in a child that was forked: threads stay behind."""
        self._free, self._made = [], 0


_HANDS = _Hands()
os.register_at_fork(after_in_child=_HANDS.forget)
