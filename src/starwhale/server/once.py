"""Routes that carry a request out once, however often it is sent with the same ``Idempotency-Key``."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import anyio
from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from starwhale.accounts.answers import LEASE, Answer, AnswerService, Question, digest_of_all, key_of
from starwhale.core.errors import Conflict, StarwhaleError, Unavailable, UsageError
from starwhale.server.callers import caller, services_of
from starwhale.server.json_bodies import LARGE, Handler, measured

if TYPE_CHECKING:
    from starwhale.core.actor import Actor

HEADER = "Idempotency-Key"
ONCE = "x-idempotent"
#: Attribute of an endpoint: what looks at a request before anything of it is read, and may refuse it.
GUARD = "starwhale_guard"
SECRET = "secret"  # noqa: S105  (the name of a mark)
#: Of a route that takes bodies of any size, and does what it does while its answer is read; see `Once`.
STREAMED = "streamed"
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
    """A route that is guarded, and whose bodies are measured; one that is marked takes idempotency keys."""

    def get_route_handler(self) -> Handler:
        carry_out = super().get_route_handler()
        marks = self.openapi_extra or {}
        mark = marks.get(ONCE)
        # What is no JSON is read in pieces, by whoever takes it.
        large = self.body_field is None or LARGE in marks
        # Here and not as dependencies: to look through those takes longer than what they do.
        guard = getattr(self.endpoint, GUARD, None)
        takes_keys = mark and mark != STREAMED

        async def handler(request: Request) -> Response:
            if guard is not None:
                await guard(request)
            key = _key(request) if takes_keys else None
            if key is None:
                return await carry_out(request)
            actor = await caller(request)
            if actor.user is None:
                return await carry_out(request)
            asks = _question(request, actor, key, await request.body())
            return await _answered(request, asks, carry_out, secret=mark == SECRET)

        return measured(handler, large=large)


@dataclass(slots=True, kw_only=True)
class Once:
    """One request to a route that is marked as `STREAMED`, which keeps what it did itself.

    Args:
        answers: What was answered so far.
        asks: The question that it is, whatever it brought.
    """

    answers: AnswerService
    asks: Question
    _finished: bool = False

    @classmethod
    def of(cls, request: Request, actor: Actor, content: bytes, begins: tuple[str, ...] = ()) -> Once | None:
        """That of a request; None where it has no key.

        Args:
            request: The request.
            actor: Who sends it; his `request` is in `asks` from now on.
            content: A digest of what it brought.
            begins: Events of it that make nothing yet.

        Raises:
            UsageError: the key is none.
        """
        key = _key(request)
        if key is None or actor.user is None:
            return None
        asks = replace(_question(request, actor, key, content), begins=begins)
        return cls(answers=services_of(request).answers, asks=asks)

    async def answered(self, media_type: str) -> Response | None:
        """What was answered before; None where it is to be carried out now, within `under_way`.

        Raises:
            KeyReused: the key was sent with something else.
            Conflict: it was carried out, but the answer is lost.
            Unavailable: it is still carried out for another request.
        """
        known = await _known(self.answers, self.asks)
        return None if known is None else _again(known, media_type)

    @asynccontextmanager
    async def under_way(self) -> AsyncGenerator[None]:
        """While it is carried out: others with the key wait; where it does not finish, the next one tries."""
        alive = asyncio.create_task(_renewed(self.answers, self.asks))
        try:
            yield
        finally:
            alive.cancel()
            if not self._finished:
                with anyio.CancelScope(shield=True):
                    await _noted(partial(self.answers.release, self.asks))

    async def finish(self, body: bytes) -> None:
        """Keep what others with the key are answered."""
        self._finished = True
        with anyio.CancelScope(shield=True):
            await _noted(partial(self.answers.finish, self.asks, Answer(HTTPStatus.OK, body.decode())))


def _key(request: Request) -> str | None:
    key = request.headers.get(HEADER)
    if key is not None and not _KEY.fullmatch(key):
        raise UsageError(f"{HEADER} has 1 to 255 visible characters of ASCII")
    return key


def _question(request: Request, actor: Actor, key: str, content: bytes) -> Question:
    assert actor.user is not None
    # An id of our own, which no second request can bear: the events of this one are found by it.
    number = f"{actor.request}.{secrets.token_hex(4)}"
    request.state.actor = replace(actor, request=number)
    rights = "*" if actor.scopes is None else ",".join(sorted(map(str, actor.scopes)))
    asked = digest_of_all(request.url.query.encode(), content, rights.encode(), str(actor.project).encode())
    key = key_of(key, request.method, request.url.path)
    return Question(user=actor.user, key=key, asked=asked, request=number)


async def _answered(request: Request, asks: Question, carry_out: Handler, *, secret: bool) -> Response:
    answers: AnswerService = services_of(request).answers
    if (known := await _known(answers, asks)) is not None:
        return _again(known)
    alive = asyncio.create_task(_renewed(answers, asks))
    try:
        response = await carry_out(request)
    except Exception:
        await _noted(partial(answers.release, asks))
        raise
    finally:
        alive.cancel()
    body = None if secret else bytes(response.body).decode()
    answer = Answer(response.status_code, body, response.headers.get("etag"))
    await _noted(partial(answers.finish, asks, answer))
    return response


async def _known(answers: AnswerService, asks: Question) -> Answer | None:
    deadline = time.monotonic() + _PATIENCE
    while (known := await run_in_threadpool(answers.begin, asks)) is not None:
        if known.status is not None:
            return known
        if time.monotonic() > deadline:
            raise Unavailable("the first request with this key is still under way", hint="try again")
        await asyncio.sleep(_LOOK_EVERY)
    return None


def _again(known: Answer, media_type: str = "application/json") -> Response:
    assert known.status is not None
    if known.body is None:
        raise Conflict(
            "this was done already, and the secret in the answer is kept nowhere",
            hint="make another one with a new key",
        )
    headers = {"Idempotent-Replay": "true"} | ({"ETag": known.etag} if known.etag else {})
    return Response(known.body, known.status, headers, media_type if known.body else None)


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
