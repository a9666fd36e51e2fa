"""Parts of large answers: the header ``Range``, and bodies in pieces."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus

from fastapi import Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

_RANGE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})")
_PIECE = 1 << 20


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
        header: What stood in ``Range``; a form that is not known counts as none, as the standard has it.
        size: How many bytes there are.
        read: Gives `length` of them from `start` on.
        media_type: What they are.
        headers: Further headers.
    """
    asked = _RANGE.fullmatch(header or "")
    start, end, status = 0, size, HTTPStatus.OK
    if asked is not None and asked.group(0) != "bytes=-":
        first, last = asked.groups()
        start = int(first) if first else max(0, size - int(last))
        end = min(size, int(last) + 1) if first and last else size
        if start >= size or end <= start:
            return Response(
                status_code=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
                headers={"Content-Range": f"bytes */{size}"},
            )
        status = HTTPStatus.PARTIAL_CONTENT
        headers = {**headers, "Content-Range": f"bytes {start}-{end - 1}/{size}"}
    headers = {**headers, "Accept-Ranges": "bytes", "Content-Length": str(end - start)}
    return StreamingResponse(_pieces(read, start, end), status, headers, media_type)


async def _pieces(read: Callable[[int, int], bytes], start: int, end: int) -> AsyncIterator[bytes]:
    while start < end:
        piece = await run_in_threadpool(read, start, min(_PIECE, end - start))
        if not piece:
            raise OSError("the stored bytes end too early")
        yield piece
        start += len(piece)
