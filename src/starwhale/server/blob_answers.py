"""The answer with a blob: its bytes, or where whoever asked reads them himself."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi import Response
from fastapi.responses import RedirectResponse

from starwhale.server.ranges import bytes_answer
from starwhale.server.untrusted import UNTRUSTED
from starwhale.storage.blobs.names import key_of

if TYPE_CHECKING:
    from starwhale.server.settings import ServerSettings
    from starwhale.storage.blobs import Blobs
    from starwhale.storage.objects.links import ObjectLinks

#: Smaller blobs are there sooner than a second connection.
WORTH_A_DETOUR = 256 << 10


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
    """
    size = blobs.size(digest)
    if links is not None and size >= WORTH_A_DETOUR:
        # The address is a key for whoever has it, so nobody on the way keeps it.
        headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
        return RedirectResponse(links.to(key_of(digest)), HTTPStatus.TEMPORARY_REDIRECT, headers)
    read = partial(blobs.read_range, digest)
    return bytes_answer(
        header, size, read, media_type="application/octet-stream", headers=blob_headers(digest)
    )


def blob_headers(digest: str) -> dict[str, str]:
    """What is said of a blob: a digest never means other bytes, so whoever has them need not ask again."""
    return {"ETag": f'"{digest}"', "Cache-Control": "private, max-age=31536000, immutable", **UNTRUSTED}
