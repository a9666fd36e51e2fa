"""A server process: its socket, its signals, its end."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from starwhale.core.errors import Conflict, MissingDependency, UsageError
from starwhale.serving.apis import Apis
from starwhale.serving.application import Application
from starwhale.serving.settings import ServeSettings

_BACKLOG = 2048
_LAST_PORT = 65535
_REACHED_AS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - addresses of all interfaces
Tell = Callable[[str], None]


def bind(host: str, port: int) -> socket.socket:
    """Take a port before anything heavy is loaded; who connects waits until the functions are there.

    Raises:
        Conflict: somebody else listens there.
        UsageError: this machine has no such address, or may not use the port.
    """
    if not 0 <= port <= _LAST_PORT:
        raise UsageError(f"there is no port {port}", hint=f"ports go from 0 to {_LAST_PORT}")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
        )[0]
        # With the protocol named, asyncio switches Nagle's algorithm off for what it accepts.
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        _listen(listening)
    except OSError as exc:
        raise _refused(host, port, exc) from exc
    return listening


def _listen(listening: socket.socket) -> None:
    """Two sockets may be bound to one port while neither listens; only one may listen."""
    try:
        listening.listen(_BACKLOG)
    except OSError:
        listening.close()
        raise


def _refused(host: str, port: int, error: OSError) -> Conflict | UsageError:
    if error.errno == errno.EADDRINUSE:
        return Conflict(
            f"port {port} of {host} is in use", hint="choose another with --port, or 0 for a free one"
        )
    if error.errno == errno.EACCES:
        return UsageError(f"port {port} needs more rights than you have", hint="choose one above 1023")
    return UsageError(
        f"cannot listen on {host}: {error.strerror or error}", hint="use an address of this machine"
    )


def url_of(listening: socket.socket) -> str:
    """Where a browser on this machine finds the server."""
    found, port = listening.getsockname()[:2]
    host = str(_REACHED_AS.get(found, found))
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(
    service: Apis,
    host: str,
    port: int,
    title: str,
    *,
    settings: ServeSettings | None = None,
    tell: Tell | None = None,
) -> int:
    """Serve in this process until a signal ends it; see `run`."""
    return run(service, bind(host, port), host, title, settings=settings, tell=tell)


def run(
    service: Apis,
    listening: socket.socket,
    host: str,
    title: str,
    *,
    settings: ServeSettings | None = None,
    tell: Tell | None = None,
) -> int:
    """Serve on a socket until SIGTERM or SIGINT; calls under way are finished first.

    Args:
        service: The functions.
        listening: From `bind`; closed in the end.
        host: What it was bound to.
        title: What the pages are called.
        settings: Bounds; read from the environment by default.
        tell: Given the address once the server answers.

    Returns:
        0 when everything under way was finished, 1 when the time for that ran out.

    Raises:
        InvalidSpec: a function cannot be served.
        MissingDependency: the packages of a server are not installed.
    """
    uvicorn = _uvicorn()
    bounds = settings or ServeSettings.from_env(os.environ)
    application = Application(service, bounds, title=title, host=host)
    config = uvicorn.Config(
        application,
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=max(1, round(bounds.grace)),
        backlog=_BACKLOG,
    )
    server = _server_class()(config)
    server.attend(application, lambda: (tell or _say)(url_of(listening)))
    with listening:
        server.run(sockets=[listening])
    return 1 if server.cut_short else 0


def _say(url: str) -> None:
    print(url, flush=True)  # noqa: T201 - what whoever started the program waits for, also in a file


def _uvicorn() -> Any:
    try:
        import_module("python_multipart")
        import_module("starlette.formparsers")
        return import_module("uvicorn")
    except ModuleNotFoundError as exc:
        raise MissingDependency(
            f"serving needs the package {exc.name}", hint="install it with `pip install 'starwhale[serve]'`"
        ) from exc


def _server_class() -> Any:
    """A server of uvicorn that obeys signals as ours do; made here, since uvicorn is an optional package."""
    import uvicorn

    class Server(uvicorn.Server):
        cut_short = False
        _application: Application
        _ready: Callable[[], None]

        def attend(self, application: Application, ready: Callable[[], None]) -> None:
            self._application = application
            self._ready = ready

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                self._ready()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            self._application.draining = True
            await super().shutdown(sockets)
            self.cut_short = self._application.metrics.in_flight > 0
            self._application.calls.close()

        @contextmanager
        def capture_signals(self) -> Generator[None, None, None]:
            if threading.current_thread() is not threading.main_thread():
                yield
                return
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, self._stop)
            try:
                yield
            finally:
                for number in (signal.SIGTERM, signal.SIGINT):
                    loop.remove_signal_handler(number)

        def _stop(self) -> None:
            # the second signal waits for nobody
            self.force_exit = self.should_exit
            self.should_exit = True
            self._application.draining = True

    return Server
