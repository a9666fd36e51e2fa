"""Terminals in tasks, over web sockets.

The first message of the caller is JSON: what he wants to run, and on what screen (`Wanted`). Then bytes are
what he types, and further JSON a new size (`Size`). Bytes that he gets are what the program prints. The last
message to him is JSON: ``{"status": 0, "cause": ""}``, where the status is null unless the program ended by
itself, and the cause then says why it was ended.

Nothing is read of either side before what was read of it has been taken by the other, so that whoever is slow
makes nobody remember anything for him.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import orjson
from fastapi import WebSocket
from pydantic import Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocketDisconnect

from starwhale.core.actor import Actor
from starwhale.core.errors import StarwhaleError, Unavailable
from starwhale.core.uri import JobUri
from starwhale.jobs.entering import EntryService, Visit
from starwhale.jobs.executors.surroundings import Surroundings
from starwhale.jobs.executors.terminal import Screen, Terminal
from starwhale.server.callers import services_of
from starwhale.server.forms import Form
from starwhale.server.life import life_of
from starwhale.server.streams import again

_log = logging.getLogger("starwhale.jobs")
#: Terminals that one process has open at a time.
MOST = 32
#: Bytes that are read at a time.
PIECE = 16 << 10
#: Bytes that may be typed at a time.
MOST_TYPED = 1 << 20
#: Seconds in which the caller has to say what he wants.
PATIENCE = 20.0
#: Seconds between two looks at his rights.
CHECK_EVERY = 2.0
#: Seconds for which the last words of a program are waited for while others hold its terminal, and for which
#: a program is waited for that has let go of it.
LAST_WORDS = 0.5
LAST_MOMENTS = 5.0
WORKER_GONE = "the worker of the task has ended"
_LEFT = "whoever opened it has left"
_Word = Annotated[str, Field(max_length=100_000, pattern=r"^[^\x00]*$")]
_Cells = Annotated[int, Field(ge=1, le=2000)]


class Size(Form):
    """The size of a screen."""

    rows: _Cells
    columns: _Cells


class Wanted(Form):
    """What is to be run, and on what it is shown."""

    command: list[_Word] = Field(default_factory=list[str], max_length=1000)
    rows: _Cells = 24
    columns: _Cells = 80
    kind: str = Field(default="xterm-256color", pattern=r"^[A-Za-z0-9.+_-]{1,40}$")
    plain: bool = False


@dataclass(slots=True)
class Shells:
    """The terminals of one process.

    Attributes:
        idle: Seconds without a byte after which one is ended.
        open: How many there are.
    """

    idle: float
    open: int = field(default=0)

    @asynccontextmanager
    async def place(self) -> AsyncGenerator[None]:
        """Room for one more.

        Raises:
            Unavailable: there are too many.
        """
        if self.open >= MOST:
            raise Unavailable(f"{MOST} terminals are open already", hint="close one, or try again later")
        self.open += 1
        try:
            yield
        finally:
            self.open -= 1


async def attend(socket: WebSocket, actor: Actor, uri: JobUri, task: str) -> None:
    """Open a terminal for somebody, and stay until it has ended.

    Raises:
        StarwhaleError: he may not, or there is no way in; nothing was accepted then.
    """
    life_of(socket).check_going_on()
    shells: Shells = socket.app.state.shells
    entries = services_of(socket).job_entries
    async with shells.place():
        visit, place = await run_in_threadpool(entries.visit, actor, uri, task)
        try:
            await socket.accept()
            with suppress(WebSocketDisconnect):
                await _serve(socket, actor, visit, place, entries)
        finally:
            place.close()


async def _serve(
    socket: WebSocket, actor: Actor, visit: Visit, place: Surroundings, entries: EntryService
) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            wanted = Wanted.model_validate_json(await _text(socket))
    except (TimeoutError, ValidationError):
        await _farewell(socket, None, "nobody said what to run, as JSON")
        return
    visit = replace(visit, command=tuple(wanted.command))
    began, status, cause = time.monotonic(), None, _LEFT
    await run_in_threadpool(entries.note_begin, actor, visit)
    try:
        screen = Screen(rows=wanted.rows, columns=wanted.columns, kind=wanted.kind, plain=wanted.plain)
        terminal = await run_in_threadpool(Terminal, place, visit.command, screen)
        try:
            cause = await _Line(socket, actor, visit, place, terminal).run()
        finally:
            closed = await run_in_threadpool(terminal.close)
        status = None if cause else closed
        cause = cause if status is None else ""
    except StarwhaleError as error:
        cause = error.message
    finally:
        seconds = time.monotonic() - began
        await run_in_threadpool(
            lambda: entries.note_end(actor, visit, seconds=seconds, status=status, cause=cause)
        )
    if cause != _LEFT:
        await _farewell(socket, status, cause)


async def _text(socket: WebSocket) -> str:
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect
    return message.get("text") or ""


async def _farewell(socket: WebSocket, status: int | None, cause: str) -> None:
    with suppress(WebSocketDisconnect, RuntimeError):
        await socket.send_text(orjson.dumps({"status": status, "cause": cause}).decode())
        await socket.close()


class _Line:
    """Between a caller and a terminal.

    Args:
        socket: The caller's end.
        actor: Who he is.
        visit: What he opened.
        place: The worker.
        terminal: The other end.
    """

    def __init__(
        self, socket: WebSocket, actor: Actor, visit: Visit, place: Surroundings, terminal: Terminal
    ) -> None:
        self._socket = socket
        self._actor = actor
        self._visit = visit
        self._place = place
        self._terminal = terminal
        self._touched = time.monotonic()

    async def run(self) -> str:
        """Carry bytes both ways until something ends.

        Returns:
            What ended; empty for the program.
        """
        shown = asyncio.create_task(self._show())
        ended = asyncio.create_task(self._end_of(self._terminal.watch, ""))
        others: list[Coroutine[Any, Any, str]] = [
            self._take(),
            self._look_after(),
            self._end_of(self._place.handle, WORKER_GONE),
        ]
        tasks = {shown, ended, *(asyncio.create_task(each) for each in others)}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if shown in done and shown.result() == _LEFT:
                return _LEFT
            if done & {shown, ended}:
                await asyncio.wait({shown, ended}, timeout=LAST_WORDS if ended in done else LAST_MOMENTS)
                # What ends with its worker may be quicker to be told.
                return WORKER_GONE if self._place.has_ended else ""
            return next(iter(done)).result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _show(self) -> str:
        """Hand on what is printed.

        Returns:
            `_LEFT` where nobody takes it; empty where nobody prints any more.
        """
        while True:
            await _ready(self._terminal.fd, asyncio.get_running_loop().add_reader, "remove_reader")
            try:
                data = os.read(self._terminal.fd, PIECE)
            except BlockingIOError:
                continue
            except OSError:
                return ""  # nobody has the other end any more
            if not data:
                return ""
            self._touched = time.monotonic()
            try:
                await self._socket.send_bytes(data)
            except (WebSocketDisconnect, RuntimeError):
                return _LEFT

    async def _take(self) -> str:
        """Hand on what is typed."""
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return _LEFT
            self._touched = time.monotonic()
            typed: bytes | None = message.get("bytes")
            if typed is None:
                try:
                    size = Size.model_validate_json(message.get("text") or "")
                except ValidationError:
                    return "what came was no size of a screen"
                self._terminal.resize(size.rows, size.columns)
            elif len(typed) > MOST_TYPED:
                return f"more than {MOST_TYPED >> 20} MiB were typed at a time"
            else:
                await self._type(typed)

    async def _type(self, data: bytes) -> None:
        while data:
            try:
                data = data[os.write(self._terminal.fd, data) :]
            except BlockingIOError:
                await _ready(self._terminal.fd, asyncio.get_running_loop().add_writer, "remove_writer")
            except OSError:
                return

    async def _look_after(self) -> str:
        """End it when there is no right to it any more, or nobody uses it."""
        life, shells = life_of(self._socket), self._socket.app.state.shells
        entries = services_of(self._socket).job_entries
        job = self._visit.job
        while await life.pause(min(CHECK_EVERY, shells.idle)):
            if time.monotonic() - self._touched > shells.idle:
                return f"nothing was typed or printed for {shells.idle:g} s"
            try:
                actor = await run_in_threadpool(again, self._socket, self._actor)
                await run_in_threadpool(entries.check_shell, actor, job)
            except Unavailable as error:
                _log.warning("a terminal in job %s: %s", job.id[:12], error)
            except StarwhaleError as error:
                return error.message
        return "the server is about to stop"

    async def _end_of(self, handle: int, cause: str) -> str:
        await _ready(handle, asyncio.get_running_loop().add_reader, "remove_reader")
        return cause


async def _ready(fd: int, add: Callable[..., None], remove: str) -> None:
    """Wait until a descriptor may be read, or written."""
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    add(fd, lambda: ready.done() or ready.set_result(None))
    try:
        await ready
    finally:
        getattr(loop, remove)(fd)
