"""Answers without end are what the description of the API says of them."""

from __future__ import annotations

from typing import Any

import anyio
from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.types import Message
from tests.slice.server.accounts.ways import ENDLESS, Way, ways
from tests.slice.server.accounts.world import MAKERS, Maker


async def begun(app: FastAPI, path: str, token: str) -> Message:
    """The beginning of an answer to somebody who hangs up as soon as he has it."""
    heard, found = anyio.Event(), list[Message]()

    async def receive() -> Message:
        await heard.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        found.append(message)
        heard.set()

    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"authorization", f"Bearer {token}".encode())],
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 80),
        "state": {},
    }
    await app(scope, receive, send)
    return found[0]


def test_every_stream_is_of_the_type_that_is_said(app: FastAPI, client: TestClient, maker: Maker) -> None:
    world, seen = maker.make(8_000_000), set[str]()
    app.state.callers.forget()
    for way in ways(app):
        if way.operation not in ENDLESS:
            continue
        path = way.path
        for name in way.parameters:
            path = path.replace(f"{{{name}}}", MAKERS[name](world, way, "administrator"))
        assert client.portal is not None
        start = client.portal.call(begun, app, path, world.token("administrator"))
        kind = dict(start["headers"])[b"content-type"].decode().partition(";")[0]
        assert (start["status"], {kind}) == (200, described(way)), str(way)
        seen.add(way.operation)
    assert seen == ENDLESS


def described(way: Way) -> set[str]:
    """Content types of its answer."""
    return set(way.described["responses"]["200"]["content"])
