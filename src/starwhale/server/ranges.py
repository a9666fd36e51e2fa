"""Parts of large answers: the header ``Range``, and bodies in pieces."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable
from http import HTTPStatus

import anyio
from fastapi import Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from starwhale.kit.heap import LARGE
from starwhale.server.problems import Problem

_RANGE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})")
#: Bytes that are sent at once: so few that each lies where the one before lay, in no memory map of its own.
PIECE = LARGE * 3 // 4


def part_of(header: str | None, size: int) -> tuple[int, int] | None:
    """The first byte that is asked for and the one after the last; empty where there are none of them.

    Args:
        header: What stood in ``Range``.
        size: How many bytes there are.

    Returns:
        None where all are asked for: a form that is not known counts as none (RFC 9110, 14.2), and so does a
        part that ends before it begins.
    """
    asked = _RANGE.fullmatch(header or "")
    if asked is None or asked.group(0) == "bytes=-":
        return None
    first, last = asked.groups()
    if not first:
        return max(0, size - int(last)), size
    if last and int(last) < int(first):
        return None
    return min(size, int(first)), min(size, int(last) + 1) if last else size


def bytes_answer(
    header: str | None,
    size: int,
    read: Callable[[int, int], bytes],
    *,
    media_type: str,
    headers: dict[str, str],
) -> Response:
    """The answer with some bytes, or a part of them where one is asked for.

    Args:
        header: What stood in ``Range``; see `part_of`.
        size: How many bytes there are.
        read: Gives `length` of them from `start` on.
        media_type: What they are.
        headers: Further headers.
    """
    part, status = part_of(header, size), HTTPStatus.OK
    start, end = part or (0, size)
    if part is not None:
        if start >= end:
            refused = Problem(
                HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
                "usage",
                f"there is no such part of {size:,} bytes",
                "ask for bytes that are there, or leave the header Range away",
            )
            refused.headers["Content-Range"] = f"bytes */{size}"
            return refused
        status = HTTPStatus.PARTIAL_CONTENT
        headers = {**headers, "Content-Range": f"bytes {start}-{end - 1}/{size}"}
    headers = {**headers, "Accept-Ranges": "bytes", "Content-Length": str(end - start)}
    return StreamingResponse(pieces(read, start, end), status, headers, media_type)


async def pieces(read: Callable[[int, int], bytes], start: int, end: int) -> AsyncGenerator[bytes, None]:
    """The bytes from `start` to `end`; while one piece is sent, the next one is read.

    Args:
        read: Gives up to `length` of them from `start` on; called in a thread, one piece after the other.
        start: The first byte.
        end: The one after the last.

    Raises:
        OSError: there are fewer.
    """
    ahead = _reading(read, start, end)
    try:
        while start < end:
            # Whoever leaves waits for the thread, as everywhere: this does not cancel what is waited for.
            await asyncio.wait((ahead,))
            piece = ahead.result()
            if not piece:
                raise OSError("the stored bytes end too early")
            start += len(piece)
            if start < end:
                ahead = _reading(read, start, end)
            yield piece
    finally:
        with anyio.CancelScope(shield=True):
            await asyncio.wait((ahead,))
        if not ahead.cancelled():
            ahead.exception()  # nobody asks any more, and the loop need not tell


def _reading(read: Callable[[int, int], bytes], start: int, end: int) -> asyncio.Task[bytes]:
    return asyncio.create_task(run_in_threadpool(read, start, min(PIECE, end - start)))
