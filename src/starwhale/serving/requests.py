"""Requests as they arrive: bodies up to a bound, forms with files."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from starwhale.core.errors import UsageError
from starwhale.serving.media import Upload, base_name
from starwhale.serving.problems import TimedOut, TooLarge
from starwhale.serving.settings import MIB, ServeSettings

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Headers = Mapping[bytes, bytes]
Send = Callable[[Message], Awaitable[None]]

_FIELDS = 1000


class Gone(Exception):
    """The client left before the request was whole."""


async def body_of(headers: Headers, receive: Receive, settings: ServeSettings) -> bytes:
    """The whole body.

    Raises:
        TooLarge: it has more bytes than the server takes.
        TimedOut: it does not arrive.
        Gone: the client left.
    """
    _check_length(headers, settings)
    message = await receive()
    body = message.get("body", b"")
    if message["type"] == "http.request" and not message.get("more_body"):
        if len(body) > settings.max_body:
            raise _too_large(settings)
        return body
    parts, size = [body], len(body)
    try:
        async with asyncio.timeout(settings.body_timeout):
            while message["type"] == "http.request" and message.get("more_body"):
                message = await receive()
                part = message.get("body", b"")
                size += len(part)
                if size > settings.max_body:
                    raise _too_large(settings)
                parts.append(part)
    except TimeoutError:
        raise TimedOut(f"the request did not arrive within {settings.body_timeout:g} s") from None
    if message["type"] == "http.disconnect":
        raise Gone
    return b"".join(parts)


def _check_length(headers: Headers, settings: ServeSettings) -> None:
    length = headers.get(b"content-length")
    if length and (not length.isdigit() or int(length) > settings.max_body):
        raise _too_large(settings)


async def form_of(body: bytes, content_type: bytes) -> dict[str, Any]:
    """The fields of a form: texts and uploads by name, a list where a name comes several times.

    Raises:
        UsageError: it is not what its content type says.
    """
    from starlette.datastructures import Headers as FormHeaders
    from starlette.datastructures import UploadFile
    from starlette.formparsers import FormParser, MultiPartException, MultiPartParser

    async def whole() -> AsyncGenerator[bytes, None]:
        yield body
        yield b""

    headers = FormHeaders({"content-type": content_type.decode("latin-1")})
    try:
        if content_type.startswith(b"multipart/form-data"):
            parser = MultiPartParser(
                headers, whole(), max_files=_FIELDS, max_fields=_FIELDS, max_part_size=16 * MIB
            )
        else:
            parser = FormParser(headers, whole())
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError) as exc:
        raise UsageError(f"the form cannot be read: {getattr(exc, 'message', exc)}") from exc
    found: dict[str, Any] = {}
    for name, value in form.multi_items():
        plain: Any = value
        if isinstance(value, UploadFile):
            plain = Upload(
                data=await value.read(), name=base_name(value.filename or ""), mime=value.content_type or ""
            )
        found[name] = plain if name not in found else [*_listed(found[name]), plain]
    await form.close()
    return found


def query_of(scope: Scope) -> dict[str, Any]:
    """The parameters of the address; a list where a name comes several times."""
    text: bytes = scope.get("query_string", b"")
    if not text:
        return {}
    from urllib.parse import parse_qsl

    found: dict[str, Any] = {}
    for name, value in parse_qsl(text.decode("latin-1"), keep_blank_values=True, max_num_fields=_FIELDS):
        found[name] = value if name not in found else [*_listed(found[name]), value]
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _too_large(settings: ServeSettings) -> TooLarge:
    return TooLarge(
        f"the request is larger than {settings.max_body / MIB:g} MiB",
        hint="SW_SERVE_MAX_BODY_MIB of the server allows more",
    )
