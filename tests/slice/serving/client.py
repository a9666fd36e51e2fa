"""Requests to an application in this process, without a socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from starwhale.serving.application import Application
from starwhale.serving.service import Service
from starwhale.serving.settings import ServeSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """One answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def events(self) -> list[tuple[str, Any]]:
        """Name and data of each event."""
        found: list[tuple[str, Any]] = []
        for block in self.body.decode().split("\n\n"):
            lines = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
            if "data" in lines:
                data = lines["data"]
                found.append((lines.get("event", "message"), data if data == "[DONE]" else json.loads(data)))
        return found


class Client:
    """Asks an application; made and used inside one event loop."""

    def __init__(self, app: Application) -> None:
        self.app = app

    async def ask(
        self,
        method: str,
        path: str,
        body: bytes | Iterable[bytes] = b"",
        headers: dict[str, str] | None = None,
        leave_after: int | None = None,
    ) -> Got:
        """One request; with `leave_after` the client hangs up once so many parts of the body have come."""
        path, _, query = path.partition("?")
        parts = [body] if isinstance(body, bytes) else list(body)
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": [(k.lower().encode(), v.encode()) for k, v in (headers or {}).items()],
        }
        sent: list[Any] = []
        gone = asyncio.Event()

        async def receive() -> dict[str, Any]:
            if parts:
                part = parts.pop(0)
                return {"type": "http.request", "body": part, "more_body": bool(parts)}
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)
            if leave_after is not None and len(sent) > leave_after:
                gone.set()

        await self.app(scope, receive, send)
        head: Any = sent[0] if sent else {"status": 0, "headers": []}
        return Got(
            status=head["status"],
            headers={key.decode(): value.decode() for key, value in head["headers"]},
            body=b"".join(each.get("body", b"") for each in sent[1:]),
        )

    async def post(self, path: str, value: Any = None, **headers: str) -> Got:
        """Post JSON."""
        body = b"" if value is None else json.dumps(value).encode()
        given = {name.replace("_", "-"): text for name, text in headers.items()}
        return await self.ask("POST", path, body, {"content-type": "application/json", **given})

    async def get(self, path: str, **headers: str) -> Got:
        return await self.ask("GET", path, headers=headers)


Talk = Callable[[Client], Awaitable[Any]]


def talk(service: Service, what: Talk, *, host: str = "", **bounds: Any) -> Any:
    """Run `what` with a client of a new application."""

    async def main() -> Any:
        app = Application(service, ServeSettings(**bounds), title="digits", host=host)
        try:
            return await what(Client(app))
        finally:
            app.calls.close()

    return asyncio.run(main())


def served(*functions: Callable[..., Any], **how: Any) -> Service:
    """A service of functions under their own names."""
    service = Service()
    for each in functions:
        service.add_api(each, each.__name__, **how)
    return service
