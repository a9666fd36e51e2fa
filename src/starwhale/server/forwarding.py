"""Services of jobs behind the address of the server: what goes through, and what does not.

What a service sends is written by users, and comes from the address at which people are logged in. So it
gets nothing that lets it act as them, and a browser takes it for a stranger: its pages have an origin of
their own, which is nobody's.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

import httpx2
from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.responses import StreamingResponse

from starwhale.core.actor import Actor
from starwhale.core.permissions import WRITE_RUN
from starwhale.core.uri import JobUri
from starwhale.jobs.executors.listeners import Unreached
from starwhale.server.callers import services_of
from starwhale.server.life import life_of
from starwhale.server.passage import HOST, Passage
from starwhale.server.problems import Problem, problem_of

#: Seconds between two looks at the rights of whoever reads a long answer.
CHECK_EVERY = 2.0
#: What a page of a service may do in a browser.
POLICY = "sandbox allow-downloads allow-forms allow-modals allow-popups allow-scripts; frame-ancestors 'self'"
_HOP = ("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te")
#: What of a request the service does not get: what concerns the connection, and who asks.
_KEPT_BACK = frozenset(
    {*_HOP, "trailer", "transfer-encoding", "upgrade", "host", "cookie", "authorization", "origin"}
    | {"referer", "forwarded", "x-real-ip", "idempotency-key", "expect"}
)
#: What of an answer goes through; other headers could speak for the whole server.
_LET_THROUGH = frozenset(
    {"content-type", "content-length", "content-encoding", "content-disposition", "content-language"}
    | {"content-range", "accept-ranges", "etag", "last-modified", "vary", "retry-after", "server-timing"}
)
#: What pages of ours are made of is never taken from a service.
_PARTS = frozenset({"script", "style", "worker", "sharedworker", "serviceworker", "font", "object", "embed"})

_ANY_ORIGIN = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
    "access-control-allow-headers": "*",
    "access-control-max-age": "600",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A request to a service.

    Attributes:
        uri: The job.
        port: The service.
        prefix: Path of the server below which the service lies, without a slash at its end.
        rest: Path and query within the service, as they were sent; the path without a slash at its beginning.
        whose: Finds out again who asks, with the rights that he has now.
        open: Pages of any origin may read the answer: the address itself is what lets them.
    """

    uri: JobUri
    port: int
    prefix: str
    rest: bytes
    whose: Callable[[], Actor]
    open: bool = False


async def forward(request: Request, actor: Actor, wish: Wish) -> Response:
    """Hand a request on to a service of a job, and its answer back, both as they come.

    Raises:
        NotFound: there is no such job, or it has no such service.
        Forbidden: he may not use services of jobs there.
        Conflict: the service does not run, or runs elsewhere.
    """
    life_of(request).check_going_on()
    if request.headers.get("sec-fetch-dest") in _PARTS and not wish.open:
        return Problem(HTTPStatus.FORBIDDEN, "forbidden", "a service of a job is no part of a page of ours")
    entries = services_of(request).job_entries
    _, places = await run_in_threadpool(entries.service, actor, wish.uri, wish.port)
    try:
        passage = Passage(wish.port, places)
        try:
            answer = await passage.handle_async_request(_request(request, wish))
        except Unreached as error:
            await passage.aclose()
            return problem_of(error)
        except ClientDisconnect:
            await passage.aclose()
            raise
    finally:
        for each in places:
            each.close()

    async def look_again() -> None:
        await run_in_threadpool(lambda: entries.check(wish.whose(), wish.uri, WRITE_RUN))

    headers = _headers(answer, wish)
    if headers is None:
        await answer.aclose()
        await passage.aclose()
        return problem_of(
            Unreached("the service sends its callers to another address, which is not followed")
        )
    pieces = _pieces(request, answer, passage, look_again)
    return StreamingResponse(pieces, answer.status_code, headers)


def wish_of(
    request: HTTPConnection,
    uri: JobUri,
    port: int,
    *,
    whose: Callable[[], Actor],
    depth: int,
    is_open: bool = False,
) -> Wish:
    """What somebody wants of a service.

    Args:
        request: What he sent.
        uri: The job.
        port: The service.
        whose: See `Wish`.
        depth: Slashes in the path before what is the service's own.
        is_open: See `Wish.open`.
    """
    path: bytes = request.scope.get("raw_path") or request.url.path.encode()
    *above, rest = path.split(b"/", depth)
    query: bytes = request.scope["query_string"]
    return Wish(
        uri=uri,
        port=port,
        prefix=b"/".join(above).decode("latin-1"),
        rest=rest + (b"?" + query if query else b""),
        whose=whose,
        open=is_open,
    )


async def forward_address(request: Request, word: str) -> Response:
    """The same for whoever has an address that was made for the service.

    Raises:
        Forbidden: it was not made here, or is too old, or its maker may not use the service any more.
        NotFound: there is no such job any more.
        Conflict: the service does not run, or runs elsewhere.
    """
    if request.method == "OPTIONS" and "access-control-request-method" in request.headers:
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=_ANY_ORIGIN)
    actor, wish = await wish_of_address(request, word)
    return await forward(request, actor, wish)


async def wish_of_address(request: HTTPConnection, word: str) -> tuple[Actor, Wish]:
    """Who has made an address, and what is wanted of the service behind it.

    Raises:
        Forbidden: it was not made here, or is too old.
        Unauthorized: whoever made it has no account that counts.
    """
    addresses = services_of(request).job_addresses
    found, actor = await run_in_threadpool(addresses.read, word)
    return actor, wish_of(
        request, found.uri, found.port, whose=lambda: addresses.read(word)[1], depth=5, is_open=True
    )


def _request(request: Request, wish: Wish) -> httpx2.Request:
    headers = kept_headers(request, wish)
    has_body = "content-length" in request.headers or "transfer-encoding" in request.headers
    if "transfer-encoding" in request.headers:
        headers.append(("transfer-encoding", "chunked"))
    url = httpx2.URL(scheme="http", host=HOST, port=wish.port, raw_path=b"/" + wish.rest)
    return httpx2.Request(
        request.method, url, headers=headers, content=request.stream() if has_body else _nothing()
    )


def kept_headers(request: HTTPConnection, wish: Wish) -> list[tuple[str, str]]:
    """What the service is told of a request."""
    named = {word.strip().lower() for word in request.headers.get("connection", "").split(",")}
    kept = [
        (name, value)
        for name, value in request.headers.items()
        if name not in _KEPT_BACK and name not in named and not name.startswith(("x-forwarded-", "sec-"))
    ]
    return [*kept, ("host", f"{HOST}:{wish.port}"), ("x-forwarded-prefix", wish.prefix)]


async def _nothing() -> AsyncGenerator[bytes]:
    return
    yield b""


def _headers(answer: httpx2.Response, wish: Wish) -> dict[str, str] | None:
    """What of the headers of an answer goes through; None where it sends its reader elsewhere."""
    found = {name: value for name, value in answer.headers.items() if name in _LET_THROUGH}
    found |= {
        "content-security-policy": POLICY,
        "x-frame-options": "SAMEORIGIN",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
    }
    if wish.open:
        found |= {"access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin"}
    target = answer.headers.get("location")
    if target is not None:
        try:
            parts = urlsplit(target)
            own = (parts.scheme, parts.hostname, parts.port) == ("http", HOST, wish.port)
        except ValueError:
            return None
        own = own or (parts.scheme == "http" and parts.hostname == "localhost" and parts.port == wish.port)
        if not own and (parts.scheme or parts.netloc or "\\" in target):
            return None
        within = parts._replace(scheme="", netloc="").geturl()
        found["location"] = f"{wish.prefix}{within}" if own or within.startswith("/") else within
    return found


async def _pieces(
    request: Request, answer: httpx2.Response, passage: Passage, look_again: Callable[[], Awaitable[None]]
) -> AsyncGenerator[bytes]:
    life, pieces, looked = life_of(request), answer.aiter_raw(), time.monotonic()
    coming: asyncio.Future[bytes] | None = None
    try:
        while True:
            coming = coming or asyncio.ensure_future(anext(pieces))
            done, _ = await asyncio.wait({coming}, timeout=CHECK_EVERY)
            if time.monotonic() - looked >= CHECK_EVERY:
                looked = time.monotonic()
                await look_again()
            # Whoever reads it must not take what he has for the whole: the connection breaks off.
            life.check_going_on()
            if done:
                piece, coming = coming.result(), None
                yield piece
    except StopAsyncIteration:
        return
    finally:
        if coming is not None:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)
        await answer.aclose()
        await passage.aclose()
