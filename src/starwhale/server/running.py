"""A server process: its socket, its first administrator, its end."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import uvicorn

from starwhale.server.app import create_app
from starwhale.serving.running import bind, url_of

if TYPE_CHECKING:
    import socket

    from starwhale.server.settings import ServerSettings

_BACKLOG = 2048
_GRACE = 20


class _Server(uvicorn.Server):
    """Tells when it answers."""

    ready: Callable[[], None]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.ready()


def run(settings: ServerSettings, tell: Callable[[str, str | None], None]) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished first.

    Args:
        settings: What the server is started with.
        tell: Given the address once the server answers, and the password of the first administrator where
            one was made just now.

    Raises:
        Conflict: somebody else listens on the port, or a newer release has written the catalog.
        UsageError: this machine has no such address.
        Unavailable: the catalog does not answer.
    """
    listening = bind(settings.host, settings.port)
    with listening:
        app = create_app(settings)
        password = app.state.services.users.ensure_administrator()
        logging.getLogger("starwhale.server").info("serving %s on %s", settings.store.root, url_of(listening))
        server = _Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=_GRACE,
                backlog=_BACKLOG,
            )
        )
        server.ready = lambda: tell(url_of(listening), password)
        server.run(sockets=[listening])
