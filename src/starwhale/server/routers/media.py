"""Media of rows, by addresses that are good for a while: an image of a page sends no token."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import Header, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from starwhale.server.access import ACCOUNT, ANYBODY, Routes
from starwhale.server.callers import Caller, services_of
from starwhale.server.contents import told_as
from starwhale.server.forms import Form
from starwhale.server.media import BYTES, SHOWN, media_headers
from starwhale.server.ranges import bytes_answer

routes = Routes("/media", "media")
_EXAMPLE = "/api/v1/media/1.WzIsMTc…"


class Ended(Form):
    """Addresses of media whose time may be over."""

    urls: list[Annotated[str, Field(max_length=8192)]] = Field(
        min_length=1, max_length=200, description="As rows of datasets gave them.", examples=[[_EXAMPLE]]
    )


class RenewedMedia(BaseModel):
    """Addresses that are good."""

    model_config = ConfigDict(frozen=True)

    urls: list[str | None] = Field(
        description="In the order asked for; null where the value is gone, or may not be read any more.",
        examples=[[_EXAMPLE]],
    )


@routes.post("/renew", ACCOUNT, large=True)
def renew_media(request: Request, caller: Caller, body: Ended) -> RenewedMedia:
    """Good addresses for media whose addresses have ended, for a page that stays open."""
    return RenewedMedia(urls=services_of(request).media_renewal.renew(caller, body.urls))


@routes.get(
    "/{word}", ANYBODY, name="read_media", response_class=Response, responses=told_as(BYTES, *SHOWN.values())
)
def read_media(
    request: Request,
    word: Annotated[str, Path(max_length=8192, description="As a row of a dataset gave it.")],
    range: Annotated[str | None, Header()] = None,  # noqa: A002 - the name of the header
) -> Response:
    """The bytes of an image, a sound, a video or a text in a row, or a part of them."""
    services = services_of(request)
    found = services.media.find(word)
    headers = {
        **media_headers(inline=found.inline),
        "Cache-Control": f"private, max-age={int(services.media.seconds)}",
    }
    return bytes_answer(
        range,
        services.rows.size(found.cell),
        partial(services.rows.read, found.cell),
        media_type=found.content_type,
        headers=headers,
    )
