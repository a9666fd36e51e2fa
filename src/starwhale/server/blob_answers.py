"""The answer with a blob: its bytes, or where whoever asked reads them himself."""

from __future__ import annotations

import hashlib
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi import Response
from fastapi.responses import RedirectResponse, StreamingResponse

from starwhale.server.ranges import PIECE, bytes_answer, part_of, pieces
from starwhale.server.untrusted import UNTRUSTED
from starwhale.storage.blobs.names import damaged, key_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starwhale.server.settings import ServerSettings
    from starwhale.storage.blobs import Blobs
    from starwhale.storage.objects.links import ObjectLinks

#: Smaller blobs are there sooner than a second connection.
WORTH_A_DETOUR = 256 << 10
_BYTES = "application/octet-stream"


def links_of(settings: ServerSettings) -> ObjectLinks | None:
    """What makes addresses of the store that clients reach; None where they reach none.

    Raises:
        UsageError: they are to reach a directory.
    """
    if not settings.direct_reads:
        return None
    from starwhale.storage.objects.links import ObjectLinks

    return ObjectLinks(settings.store.objects_url, settings.direct_reads)


def blob_answer(blobs: Blobs, links: ObjectLinks | None, digest: str, header: str | None) -> Response:
    """The answer to whoever may read a blob.

    Args:
        blobs: Where it lies.
        links: See `links_of`.
        digest: Which it is.
        header: What stood in ``Range``.

    Raises:
        NotFound: it is not there.
        Corrupted: its bytes are not what was stored.
    """
    size = blobs.size(digest)
    if links is not None and size >= WORTH_A_DETOUR:
        # The address is a key for whoever has it, so nobody on the way keeps it.
        headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
        return RedirectResponse(links.to(key_of(digest)), HTTPStatus.TEMPORARY_REDIRECT, headers)
    if part_of(header, size) is not None:
        # Whether a part is right, only whoever has all of it can tell.
        read = partial(blobs.read_range, digest)
        return bytes_answer(header, size, read, media_type=_BYTES, headers=blob_headers(digest))
    if size <= PIECE:
        return Response(blobs.read(digest), headers=blob_headers(digest), media_type=_BYTES)
    headers = {**blob_headers(digest), "Accept-Ranges": "bytes", "Content-Length": str(size)}
    return StreamingResponse(_verified(blobs, digest, size), headers=headers, media_type=_BYTES)


async def _verified(blobs: Blobs, digest: str, size: int) -> AsyncIterator[bytes]:
    """A blob in pieces; the answer breaks off before the last one where they are not what was stored."""
    found, held = hashlib.sha256(), b""

    def read(start: int, length: int) -> bytes:
        piece = blobs.read_range(digest, start, length)
        if not piece:
            raise damaged(digest)
        found.update(piece)
        return piece

    async for piece in pieces(read, 0, size):
        if held:
            yield held
        held = piece
    if found.hexdigest() != digest:
        raise damaged(digest)
    yield held


def blob_headers(digest: str) -> dict[str, str]:
    """What is said of a blob: a digest never means other bytes, so whoever has them need not ask again."""
    return {"ETag": f'"{digest}"', "Cache-Control": "private, max-age=31536000, immutable", **UNTRUSTED}
