"""Routes that carry a request out once, however often it is sent with the same ``Idempotency-Key``."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from starwhale.accounts.answers import LEASE, Answer, AnswerService, Question, digest_of_all, key_of
from starwhale.core.errors import Conflict, StarwhaleError, Unavailable, UsageError
from starwhale.server.bodies import Handler, measured
from starwhale.server.callers import caller, services_of

if TYPE_CHECKING:
    from starwhale.core.actor import Actor

HEADER = "Idempotency-Key"
ONCE = "x-idempotent"
SECRET = "secret"  # noqa: S105  (the name of a mark)
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_PATIENCE = 10.0
_LOOK_EVERY = 0.1
#: How the reference describes the header.
PARAMETER: dict[str, Any] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "1 to 255 visible characters. A request that is sent again with it is carried out once.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
# A task that nobody holds may be collected before it is done.
_LATER: set[asyncio.Task[None]] = set()


class OnceRoute(APIRoute):
    """A route whose bodies are measured; one that is marked takes idempotency keys."""

    def get_route_handler(self) -> Handler:
        carry_out = super().get_route_handler()
        mark = (self.openapi_extra or {}).get(ONCE)

        if not mark:
            return measured(carry_out)

        async def handler(request: Request) -> Response:
            key = request.headers.get(HEADER)
            if key is None:
                return await carry_out(request)
            if not _KEY.fullmatch(key):
                raise UsageError(f"{HEADER} has 1 to 255 visible characters of ASCII")
            actor = await caller(request)
            if actor.user is None:
                return await carry_out(request)
            asks = await _question(request, actor, key)
            return await _answered(request, asks, carry_out, secret=mark == SECRET)

        return measured(handler)


async def _question(request: Request, actor: Actor, key: str) -> Question:
    assert actor.user is not None
    # An id of our own, which no second request can bear: the events of this one are found by it.
    number = f"{actor.request}.{secrets.token_hex(4)}"
    request.state.actor = replace(actor, request=number)
    rights = "*" if actor.scopes is None else ",".join(sorted(map(str, actor.scopes)))
    asked = digest_of_all(
        request.url.query.encode(), await request.body(), rights.encode(), str(actor.project).encode()
    )
    key = key_of(key, request.method, request.url.path)
    return Question(user=actor.user, key=key, asked=asked, request=number)


async def _answered(request: Request, asks: Question, carry_out: Handler, *, secret: bool) -> Response:
    answers: AnswerService = services_of(request).answers
    deadline = time.monotonic() + _PATIENCE
    while (known := await run_in_threadpool(answers.begin, asks)) is not None:
        if known.status is not None:
            return _again(known)
        if time.monotonic() > deadline:
            raise Unavailable("the first request with this key is still under way", hint="try again")
        await asyncio.sleep(_LOOK_EVERY)
    alive = asyncio.create_task(_renewed(answers, asks))
    try:
        response = await carry_out(request)
    except Exception:
        await _noted(partial(answers.release, asks))
        raise
    finally:
        alive.cancel()
    body = None if secret else bytes(response.body).decode()
    await _noted(partial(answers.finish, asks, Answer(response.status_code, body)))
    return response


def _again(known: Answer) -> Response:
    assert known.status is not None
    if known.body is None:
        raise Conflict(
            "this was done already, and the secret in the answer is kept nowhere",
            hint="make another one with a new key",
        )
    headers = {"Idempotent-Replay": "true"}
    return Response(known.body, known.status, headers, "application/json" if known.body else None)


async def _renewed(answers: AnswerService, asks: Question) -> None:
    while True:
        await asyncio.sleep(LEASE.total_seconds() / 3)
        await _quietly(run_in_threadpool(answers.renew, asks))


async def _quietly(doing: Awaitable[None]) -> None:
    """Do what does not change the answer: it stands, even if the catalog is away just now."""
    with suppress(StarwhaleError):
        await doing


async def _noted(note: Callable[[], None]) -> None:
    """Note how a request has ended; as soon as the catalog is back, where it is away just now.

    Otherwise whoever sends the request again would wait for the end of a lease that nobody holds.
    """
    try:
        await run_in_threadpool(note)
    except StarwhaleError:
        task = asyncio.create_task(_noted_later(note))
        _LATER.add(task)
        task.add_done_callback(_LATER.discard)


async def _noted_later(note: Callable[[], None]) -> None:
    deadline = time.monotonic() + LEASE.total_seconds()
    while time.monotonic() < deadline:
        await asyncio.sleep(_LOOK_EVERY)
        with suppress(StarwhaleError):
            await run_in_threadpool(note)
            return
