"""Answers on their way out."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from starwhale.serving.answers import JSON, Answer, to_json
from starwhale.serving.problems import PROBLEM
from starwhale.serving.requests import Message, Send

_NOSNIFF = (b"x-content-type-options", b"nosniff")


class Reply:
    """Where one answer goes; knows whether it has begun.

    Args:
        send: Of the server.
        bodiless: The request was HEAD: the answer has no body.
        extra: Headers of every answer.
    """

    __slots__ = ("_bodiless", "_extra", "_send", "status")

    def __init__(self, send: Send, *, bodiless: bool, extra: tuple[tuple[bytes, bytes], ...]) -> None:
        self._send = send
        self._bodiless = bodiless
        self._extra = extra
        self.status = 0

    async def __call__(self, message: Message) -> None:
        """Send a message of ASGI, so that this may stand for `send`."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if self._extra:
                message = {**message, "headers": [*message["headers"], *self._extra]}
        await self._send(message)

    async def whole(self, status: int, answer: Answer, *headers: tuple[bytes, bytes]) -> None:
        """Send an answer with its length."""
        body = answer.body
        head = [
            (b"content-type", answer.content_type),
            (b"content-length", b"%d" % len(body)),
            *headers,
        ]
        if answer.content_type is not JSON:
            head.append(_NOSNIFF)
        if answer.name:
            head.append(
                (b"content-disposition", b"inline; filename*=UTF-8''" + quote(answer.name, safe="").encode())
            )
        await self({"type": "http.response.start", "status": status, "headers": head})
        await self._send({"type": "http.response.body", "body": b"" if self._bodiless else body})

    async def json(self, value: Any, status: int = 200) -> None:
        """Send a document."""
        await self.whole(status, Answer(body=to_json(value)))

    async def problem(self, document: dict[str, Any], *headers: tuple[bytes, bytes]) -> None:
        """Send a problem document."""
        more = ((b"retry-after", b"1"),) if document["status"] == 503 else ()
        await self.whole(
            document["status"], Answer(body=to_json(document), content_type=PROBLEM), *more, *headers
        )
