"""Following the log of a task: server-sent events whose ids are bytes of the log.

A piece is read when the one before it has been taken, so that nobody who is slow makes the server remember
anything for him, and nobody who prints much either.
"""

from __future__ import annotations

import json
import time
from codecs import getincrementaldecoder
from collections.abc import AsyncGenerator, Callable, Generator
from functools import partial
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from starwhale.core.errors import StarwhaleError
from starwhale.server.callers import services_of
from starwhale.server.life import life_of
from starwhale.server.streams import EventStream, again
from starwhale.server.untrusted import UNTRUSTED

if TYPE_CHECKING:
    from fastapi import Request

    from starwhale.core.actor import Actor
    from starwhale.core.uri import JobUri
    from starwhale.jobs.schemas import LogChunk

#: Bytes of a file that are read at a time.
FILE_PIECE = 1 << 20
#: Bytes of one event, and how long to wait for further ones.
PIECE = 64 << 10
TICK = 0.5
#: Seconds after which rights are looked up again, and those of silence after which something is sent.
CHECK_EVERY = 2.0
BEAT_EVERY = 15.0
_LAST = (1 << 62) - 1
_Utf8 = getincrementaldecoder("utf-8")


async def follow(request: Request, actor: Actor, uri: JobUri, task: str, offset: int) -> EventStream:
    """Tell somebody what a task prints, until it has ended.

    Args:
        request: The request, whose header ``Last-Event-ID`` says where to go on.
        actor: Who listens.
        uri: The job.
        task: Id of the task.
        offset: The same as the header, for whoever cannot set one.

    Raises:
        NotFound: there is no such job or task that he may see.
        Unavailable: the server stops.
    """
    told = request.headers.get("last-event-id", "")
    start = int(told) if told.isascii() and told.isdigit() and int(told) <= _LAST else offset
    life_of(request).check_going_on()
    first = await run_in_threadpool(services_of(request).jobs.logs, actor, uri, task, start, PIECE)
    return EventStream(_pieces(request, actor, partial(_read, request, uri, task), first))


def whole(request: Request, actor: Actor, uri: JobUri, task: str) -> StreamingResponse:
    """All that a task has printed so far, as a file.

    Raises:
        NotFound: there is no such job or task that he may see.
        Unavailable: the server stops.
    """
    life_of(request).check_going_on()
    read = partial(services_of(request).jobs.logs, actor, uri, task, limit=FILE_PIECE)
    name = f"{uri.job[:12]}-{task}.log"
    headers = {**UNTRUSTED, "Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_file(request, read, read(0)), media_type="text/plain", headers=headers)


def _file(request: Request, read: Callable[[int], LogChunk], found: LogChunk) -> Generator[bytes]:
    while found.data:
        yield found.data
        # Whoever reads it must not take what he has for the whole: the connection breaks off.
        life_of(request).check_going_on()
        found = read(found.next)


def _read(request: Request, uri: JobUri, task: str, actor: Actor, offset: int) -> LogChunk:
    return services_of(request).jobs.logs(actor, uri, task, offset, PIECE)


async def _pieces(
    request: Request, actor: Actor, read: partial[LogChunk], found: LogChunk
) -> AsyncGenerator[bytes]:
    life, decoder = life_of(request), _Utf8(errors="replace")
    checked = beat = time.monotonic()
    yield b"retry: 2000\n\n"
    while not await request.is_disconnected():
        if found.data:
            text = decoder.decode(found.data, final=found.ended)
            # Bytes of a letter that is cut short are sent with the rest of it.
            whole = found.next - len(decoder.getstate()[0])
            yield _event("log", whole, {"text": text})
            beat = time.monotonic()
        if found.ended:
            yield _event("end", found.next, {})
            return
        if time.monotonic() - beat >= BEAT_EVERY:
            yield b": still here\n\n"
            beat = time.monotonic()
        if not found.data and not await life.pause(TICK):
            return
        if life.draining:
            return
        try:
            if time.monotonic() - checked >= CHECK_EVERY:
                actor = await run_in_threadpool(again, request, actor)
                checked = time.monotonic()
            found = await run_in_threadpool(read, actor, found.next)
        except StarwhaleError as error:
            yield _event("failed", None, {"code": error.code})
            return


def _event(name: str, number: int | None, body: dict[str, str]) -> bytes:
    head = f"id: {number}\n" if number is not None else ""
    return f"{head}event: {name}\ndata: {json.dumps(body)}\n\n".encode()
