"""Streams of events (server-sent events) that end when the right to see them does."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING

import orjson
from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import StreamingResponse

from starwhale.core.actor import Actor
from starwhale.core.errors import Forbidden, StarwhaleError
from starwhale.core.permissions import Action, Permission, Resource
from starwhale.server.callers import services_of, session_secret, shown_token
from starwhale.server.life import Life, life_of

if TYPE_CHECKING:
    from starwhale.server.feed import Event, Feed

SEE_SYSTEM = Permission(Resource.SYSTEM, Action.READ)
#: Seconds after which rights are looked up again.
CHECK_EVERY = 2.0
#: Seconds of silence after which something is sent, so that nobody on the way hangs up.
BEAT_EVERY = 15.0
_TICK = 0.5
_RETRY = 2000
_LAST = (1 << 63) - 1
#: Finds the number of the project that is listened to (None for all of them), or refuses.
Check = Callable[[Actor], int | None]


def check_system(actor: Actor) -> None:
    """Refuse whoever may not see what concerns the whole instance.

    Raises:
        Forbidden: he may not.
    """
    if not actor.may(SEE_SYSTEM):
        raise Forbidden("only administrators of the instance may see this")


class EventStream(StreamingResponse):
    """One listener."""

    media_type = "text/event-stream"

    def __init__(self, lines: AsyncGenerator[bytes]) -> None:
        super().__init__(lines, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


async def stream(request: Request, actor: Actor, check: Check, wanted: int | None) -> EventStream:
    """Tell somebody of events, from the one after the last that he has seen.

    Args:
        request: The request, whose header ``Last-Event-ID`` says where to go on.
        actor: Who listens.
        check: Says what he may listen to.
        wanted: The same as the header, for whoever cannot set one.

    Raises:
        StarwhaleError: he may not listen.
        Unavailable: the server stops.
    """
    project = await run_in_threadpool(check, actor)
    life_of(request).check_going_on()
    feed: Feed = request.app.state.feed
    told = request.headers.get("last-event-id", "")
    after = int(told) if told.isascii() and told.isdigit() and int(told) <= _LAST else wanted
    start = await feed.present() if after is None else after
    return EventStream(_lines(request, actor, check, project, start))


async def _lines(
    request: Request, actor: Actor, check: Check, project: int | None, after: int
) -> AsyncGenerator[bytes]:
    life: Life = life_of(request)
    feed: Feed = request.app.state.feed
    checked = beat = time.monotonic()
    yield f"retry: {_RETRY}\nid: {after}\n: events follow\n\n".encode()
    while not await request.is_disconnected():
        if time.monotonic() - checked >= CHECK_EVERY:
            try:
                actor = await run_in_threadpool(again, request, actor)
                project = await run_in_threadpool(check, actor)
            except StarwhaleError as exc:
                yield _text("stream.ended", None, {"code": exc.code})
                return
            checked = time.monotonic()
        seen = feed.news
        events, reached = await feed.after(after, project)
        for event in events:
            if event.is_for(actor):
                yield _told(event)
                beat = time.monotonic()
        moved, after = reached != after, reached
        if time.monotonic() - beat >= BEAT_EVERY:
            yield f"id: {after}\n: still here\n\n".encode()
            beat = time.monotonic()
        if not moved and not await feed.wait(_TICK, seen):
            yield _text("stream.ended", None, {"code": "unavailable"})
            return
        if life.draining:
            return


def again(request: HTTPConnection, actor: Actor) -> Actor:
    """Who he is now, and what he may do; looked up in the catalog."""
    doors = services_of(request).doors
    if token := shown_token(request):
        return doors.by_token(token)
    if actor.user is not None:
        return doors.by_session(session_secret(request))
    return actor


def _told(event: Event) -> bytes:
    body = {
        "id": event.id,
        "at": event.at,
        "actor": event.actor,
        "name": event.name,
        "project": event.project,
        "payload": event.payload,
    }
    return _text(event.name, event.id, body)


def _text(name: str, number: int | None, body: object) -> bytes:
    head = f"id: {number}\n" if number is not None else ""
    return f"{head}event: {name}\ndata: ".encode() + orjson.dumps(body, default=str) + b"\n\n"
