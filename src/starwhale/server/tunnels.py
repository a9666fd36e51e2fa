"""Web sockets of services of jobs, behind the address of the server; the rest stands in `forwarding`."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import httpx2
from fastapi import WebSocket
from httpx2.websockets import (
    AsyncWebSocketSession,
    HTTPXWSException,
    WebSocketDisconnect,
    WebSocketUpgradeError,
)
from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocketDisconnect as CallerLeft

from starwhale.core.actor import Actor
from starwhale.core.errors import StarwhaleError, Unavailable
from starwhale.core.permissions import WRITE_RUN
from starwhale.jobs.executors.listeners import Unreached
from starwhale.server.callers import services_of
from starwhale.server.forwarding import CHECK_EVERY, Wish, kept_headers, wish_of_address
from starwhale.server.life import life_of
from starwhale.server.passage import HOST, Passage

#: Bytes of one message, and messages that may wait.
LARGEST = 16 << 20
MOST_WAITING = 4
_GOING_AWAY, _REFUSED, _BROKEN, _PLAIN = 1001, 1008, 1011, 1000


async def tunnel(socket: WebSocket, actor: Actor, wish: Wish) -> None:
    """Carry messages between a caller and a service until one of them has had enough.

    Raises:
        StarwhaleError: there is no way to the service; nothing was accepted then.
    """
    life_of(socket).check_going_on()
    entries = services_of(socket).job_entries
    _, places = await run_in_threadpool(entries.service, actor, wish.uri, wish.port)
    try:
        url = httpx2.URL(scheme="http", host=HOST, port=wish.port, raw_path=b"/" + wish.rest)
        async with (
            httpx2.AsyncClient(transport=Passage(wish.port, places), trust_env=False) as client,
            client.websocket(
                url,
                headers=kept_headers(socket, wish),
                subprotocols=list(socket.scope["subprotocols"]),
                max_message_size_bytes=LARGEST,
                queue_size=MOST_WAITING,
                keepalive_ping_interval_seconds=None,
            ) as service,
        ):
            await socket.accept(service.subprotocol)
            code = await _carry(socket, service, wish)
            await service.close()
            if code is not None:
                await socket.close(code)
    except WebSocketUpgradeError as error:
        raise Unreached(
            f"the service answers a web socket with status {error.response.status_code}"
        ) from error
    except (CallerLeft, HTTPXWSException):
        return
    finally:
        for each in places:
            each.close()


async def tunnel_address(socket: WebSocket, word: str) -> None:
    """The same for whoever has an address that was made for the service."""
    actor, wish = await wish_of_address(socket, word)
    await tunnel(socket, actor, wish)


async def _carry(socket: WebSocket, service: AsyncWebSocketSession, wish: Wish) -> int | None:
    """Carry messages both ways.

    Returns:
        The code to tell the caller; None where he has left.
    """
    ways: list[Coroutine[Any, Any, int | None]] = [
        _out(socket, service),
        _in(socket, service),
        _look_after(socket, wish),
    ]
    tasks = {asyncio.create_task(each) for each in ways}
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return next(iter(done)).result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _out(socket: WebSocket, service: AsyncWebSocketSession) -> int | None:
    while True:
        try:
            event: Any = await service.receive()
        except WebSocketDisconnect as error:
            known = error.code == _PLAIN or 3000 <= error.code < 5000  # those that may be said
            return error.code if known else _GOING_AWAY
        except HTTPXWSException:
            return _BROKEN
        if isinstance(event.data, str):
            await socket.send_text(event.data)
        else:
            await socket.send_bytes(bytes(event.data))


async def _in(socket: WebSocket, service: AsyncWebSocketSession) -> int | None:
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return None
        text, data = message.get("text"), message.get("bytes")
        try:
            await (service.send_text(text) if text is not None else service.send_bytes(data or b""))
        except HTTPXWSException:
            return _BROKEN


async def _look_after(socket: WebSocket, wish: Wish) -> int | None:
    """End it when there is no right to it any more."""
    entries = services_of(socket).job_entries
    while await life_of(socket).pause(CHECK_EVERY):
        try:
            await run_in_threadpool(lambda: entries.check(wish.whose(), wish.uri, WRITE_RUN))
        except Unavailable:
            continue
        except StarwhaleError:
            return _REFUSED
    return _GOING_AWAY
