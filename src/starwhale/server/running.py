"""A server process: its socket, its first administrator, its end."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import uvicorn

from starwhale.kit import heap
from starwhale.server import logbook
from starwhale.server.configuration import apply_env, masked_url
from starwhale.server.console import MISSING, Console
from starwhale.server.needs import check_needs
from starwhale.server.rates import SharedLevels
from starwhale.server.seat import Seat
from starwhale.server.supervisor import Supervisor, shared_metrics
from starwhale.serving.running import bind, url_of

if TYPE_CHECKING:
    import socket

    from fastapi import FastAPI

    from starwhale.server.configuration import Configuration
    from starwhale.server.life import Life
    from starwhale.server.settings import ServerSettings

_log = logging.getLogger("starwhale.server")
_BACKLOG = 2048
_WAITS = 600.0
Tell = Callable[[str, str | None], None]


class _Server(uvicorn.Server):
    """Tells when it answers, and stops in peace.

    The first signal has it say that it stops, and then finish what is under way; the second waits for
    nobody.
    """

    ready: Callable[[], None]
    life: Life
    drain: float
    signals: tuple[signal.Signals, ...] = (signal.SIGTERM, signal.SIGINT)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.ready()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        for number in self.signals:
            loop.add_signal_handler(number, self.stop)
        try:
            yield
        finally:
            for number in self.signals:
                loop.remove_signal_handler(number)

    def stop(self) -> None:
        """Stop; called on the loop."""
        if self.life.draining:
            self.should_exit = self.force_exit = True
            return
        self.life.drain()
        asyncio.get_running_loop().call_later(self.drain, self._leave)

    def _leave(self) -> None:
        self.should_exit = True


def run(configuration: Configuration, tell: Tell) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished first.

    Args:
        configuration: What the server is started with.
        tell: Given the address once the server answers, and the password of the first administrator where
            one was made just now.

    Raises:
        Conflict: a server runs on the same data, somebody else listens on the port, or a newer release has
            written the catalog.
        UsageError: this machine has no such address; or see `check_needs`.
        Unavailable: the catalog does not answer.
    """
    settings = configuration.settings
    heap.be_frugal()
    apply_env(settings)
    logbook.install(settings)
    with Seat(settings.store.root) as seat, bind(settings.host, settings.port) as listening:
        url, store = url_of(listening), settings.store
        check_needs(settings)
        password = _prepare(settings)

        def ready() -> None:
            seat.tell(
                url=url,
                workers=settings.workers,
                catalog=masked_url(store.catalog_url),
                objects=store.objects_url,
            )
            _log.info("serving %s at %s", store.root, url)
            if not Console().built:
                _log.warning(MISSING)
            tell(url, password)

        if settings.workers == 1:
            _serve(configuration, listening, ready, key=seat.key, background=True)
            return
        with shared_metrics():
            _in_several_processes(configuration, listening, seat, ready)


def _prepare(settings: ServerSettings) -> str | None:
    """Bring the catalog to this release, and make the first administrator where there is none."""
    from starwhale.server.services import Services

    house = Services(settings.store)
    try:
        return house.users.ensure_administrator()
    finally:
        house.close()


def _in_several_processes(
    configuration: Configuration, listening: socket.socket, seat: Seat, ready: Callable[[], None]
) -> None:
    # Loaded once, before there are threads; what children share of it takes no memory twice.

    def work(index: int, started: Callable[[], None], parent: int) -> None:
        seat.let_go()
        _serve(
            configuration,
            listening,
            started,
            key=seat.key,
            background=index == 0,
            parent=parent,
            levels=levels,
        )

    settings, levels = configuration.settings, SharedLevels()
    Supervisor(settings.workers, work, patience=settings.grace + settings.drain).run(ready)


def _serve(
    configuration: Configuration,
    listening: socket.socket,
    ready: Callable[[], None],
    *,
    key: str,
    background: bool,
    parent: int | None = None,
    levels: SharedLevels | None = None,
) -> None:
    """Answer requests in this process.

    Args:
        configuration: What it is started with.
        listening: The socket.
        ready: Called once it answers.
        key: What this machine shows to be told its figures.
        background: Whether it also does what nobody asks for.
        parent: Pipe whose other end the parent holds: it stops when that one is gone.
        levels: Where requests are counted together with those of other processes.
    """
    from starwhale.server.app import create_app

    settings = configuration.settings
    app: FastAPI = create_app(settings, background=background)
    app.state.configuration = configuration
    app.state.key = key
    if levels is not None:
        app.state.rates = replace(app.state.rates, levels=levels)
    app.state.address = url_of(listening)
    server = _Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=max(1, round(settings.grace)),
            backlog=_BACKLOG,
            # Whoever has stopped the output of his terminal may take long to answer.
            ws_ping_timeout=_WAITS,
            ws_per_message_deflate=False,
        )
    )
    server.life, server.drain = app.state.life, settings.drain
    if parent is not None:
        # Ctrl-C reaches all processes of a terminal; this one is told by its parent.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        server.signals = (signal.SIGTERM,)

    def started() -> None:
        if parent is not None:
            asyncio.get_running_loop().add_reader(parent, _orphaned, server, parent)
        heap.settle()
        ready()

    server.ready = started
    server.run(sockets=[listening])


def _orphaned(server: _Server, parent: int) -> None:
    asyncio.get_running_loop().remove_reader(parent)
    os.close(parent)
    _log.warning("the process that looks after this one is gone; it stops")
    server.stop()
