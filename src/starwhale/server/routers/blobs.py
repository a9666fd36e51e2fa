"""Bytes by their digest: sent for a build, read by whoever may see something that they belong to."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import Header, Path, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from starwhale.server.access import ACCOUNT, ANYBODY, Routes
from starwhale.server.blob_answers import blob_answer, blob_headers
from starwhale.server.callers import Caller, services_of
from starwhale.server.forms import Form
from starwhale.server.routers.artifacts import DIGEST, Build, Parcel

routes = Routes("", "blobs")
Digest = Annotated[str, Path(pattern=DIGEST, description="SHA-256 of the bytes.")]
_PIECE = 1 << 20
_ELSEWHERE = {"description": "Where the bytes are read instead, without a token."}


class Blob(Form):
    """One blob that a build needs."""

    digest: str = Field(pattern=DIGEST)
    size: int | None = Field(default=None, ge=0, description="Its bytes, where they are known.")


class BlobsWanted(Form):
    """The blobs that a build needs."""

    blobs: list[Blob] = Field(max_length=10_000)


class SmallBlobs(Form):
    """Small blobs that are sent together."""

    blobs: Parcel


class Missing(BaseModel):
    """Those of them that are to be sent."""

    missing: list[str]


@routes.post("/builds/{build}/missing", ACCOUNT, large=True)
def missing(request: Request, caller: Caller, build: int, body: BlobsWanted) -> Missing:
    """Which blobs are to be sent for a build."""
    pairs = [(each.digest, each.size) for each in body.blobs]
    return Missing(missing=services_of(request).uploads.missing(caller, build, pairs))


@routes.post("/builds/{build}/blobs", ACCOUNT, large=True, status_code=HTTPStatus.NO_CONTENT)
def post_blobs(request: Request, caller: Caller, build: int, body: SmallBlobs) -> None:
    """Send small blobs together; each whole or not at all."""
    services_of(request).uploads.take(caller, build, body.blobs)


@routes.put("/builds/{build}/blobs/{digest}", ACCOUNT, status_code=HTTPStatus.NO_CONTENT)
async def put_blob(request: Request, caller: Caller, build: int, digest: Digest) -> Response:
    """Send a blob; whole or not at all."""
    uploads = services_of(request).uploads
    reception = await run_in_threadpool(uploads.receive, caller, build, digest)
    waiting = bytearray()
    try:
        async for piece in request.stream():
            waiting += piece
            if len(waiting) >= _PIECE:
                await run_in_threadpool(reception.write, waiting)
                waiting = bytearray()
        await run_in_threadpool(reception.write, waiting)
        await run_in_threadpool(reception.finish)
    finally:
        await run_in_threadpool(reception.close)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@routes.post("/builds/{build}/renew", ACCOUNT)
def renew(request: Request, caller: Caller, build: int) -> Build:
    """Let a long build count for another 24 hours."""
    return Build.model_validate(services_of(request).uploads.renew(caller, build))


@routes.delete("/builds/{build}", ACCOUNT, status_code=HTTPStatus.NO_CONTENT)
def close(request: Request, caller: Caller, build: int) -> None:
    """Give a build up."""
    services_of(request).uploads.close(caller, build)


@routes.head("/blobs/{digest}", ANYBODY, name="blob_size")
def head_blob(request: Request, caller: Caller, digest: Digest) -> Response:
    """How many bytes a blob has."""
    services = services_of(request)
    services.uploads.check_readable(caller, digest)
    return Response(headers={"Content-Length": str(services.blobs.size(digest)), **blob_headers(digest)})


@routes.get(
    "/blobs/{digest}",
    ANYBODY,
    response_class=Response,
    responses={HTTPStatus.TEMPORARY_REDIRECT.value: _ELSEWHERE},
)
def get_blob(
    request: Request,
    caller: Caller,
    digest: Digest,
    range: Annotated[str | None, Header()] = None,  # noqa: A002 - the name of the header
) -> Response:
    """Read a blob, or a part of it; the answer may name where it is read instead."""
    services = services_of(request)
    services.uploads.check_readable(caller, digest)
    return blob_answer(services.blobs, request.app.state.links, digest, range)
