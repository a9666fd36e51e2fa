"""Media of rows, by addresses that are good for a while: an image of a page sends no token."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import Header, Path, Request, Response

from starwhale.server.access import ANYBODY, Routes
from starwhale.server.callers import services_of
from starwhale.server.ranges import bytes_answer

routes = Routes("/media", "media")
_POLICY = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"
_DISPOSITION = {True: "inline", False: "attachment"}


@routes.get("/{word}", ANYBODY, name="read_media", response_class=Response)
def read_media(
    request: Request,
    word: Annotated[str, Path(max_length=8192, description="As a row of a dataset gave it.")],
    range: Annotated[str | None, Header()] = None,  # noqa: A002 - the name of the header
) -> Response:
    """The bytes of an image, a sound, a video or a text in a row, or a part of them."""
    services = services_of(request)
    found = services.media.find(word)
    headers = {
        "Content-Security-Policy": _POLICY,
        "Content-Disposition": _DISPOSITION[found.inline],
        "Cache-Control": "private, max-age=900",
        "X-Content-Type-Options": "nosniff",
    }
    return bytes_answer(
        range,
        services.rows.size(found.cell),
        partial(services.rows.read, found.cell),
        media_type=found.content_type,
        headers=headers,
    )
