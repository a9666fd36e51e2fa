"""The way to a service of a job: one connection to 127.0.0.1, and to nobody but that job.

That nobody else listens there is looked at before the connection is made and once more when it stands: a
listener that was there both times was there in between.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Sequence
from contextlib import suppress
from typing import Any, cast

import httpcore2
import httpx2
from httpcore2 import AsyncNetworkStream
from starlette.concurrency import run_in_threadpool

from starwhale.jobs.executors.listeners import Unreached, check_listener
from starwhale.jobs.executors.surroundings import Surroundings
from starwhale.jobs.service_ports import port_of

HOST = "127.0.0.1"
#: Seconds that it may take to be let in.
PATIENCE = 10.0


class _Checked(httpcore2.AsyncNetworkBackend):
    """Connects to the port of one service, if it is that of the right workers.

    Args:
        port: The port that the service declares; see `jobs.service_ports` for where it listens.
        places: The workers.
    """

    def __init__(self, port: int, places: Sequence[Surroundings]) -> None:
        self._port = port
        self._places = places
        self._plain = cast("httpcore2.AsyncNetworkBackend", httpcore2.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - as the port has it
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> AsyncNetworkStream:
        """Connect.

        Raises:
            Unreached: it is the port of others, or of nobody.
        """
        found, before = await run_in_threadpool(self._find)
        options = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
        stream = await self._plain.connect_tcp(HOST, found, PATIENCE, socket_options=options)
        try:
            after = await run_in_threadpool(check_listener, found, self._places)
            self._check_same(before, after)
        except BaseException:
            await stream.aclose()
            raise
        return stream

    def _find(self) -> tuple[int, frozenset[str]]:
        """The port on which the service listens, and the numbers of its sockets.

        Raises:
            Unreached: it listens nowhere.
        """
        told = {port_of(self._port, each.environment) for each in self._places} - {self._port}
        for port in told:
            with suppress(Unreached):
                return port, check_listener(port, self._places)
        return self._port, check_listener(self._port, self._places)

    def _check_same(self, before: frozenset[str], after: frozenset[str]) -> None:
        if before != after:
            raise Unreached(f"whoever listens on port {self._port} changes", hint="try again")


class _Stream(httpx2.AsyncByteStream):
    """The body of an answer, as it comes."""

    def __init__(self, pieces: AsyncIterable[bytes]) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._pieces:
            yield piece

    async def aclose(self) -> None:
        close = getattr(self._pieces, "aclose", None)
        if close is not None:
            await close()


class Passage(httpx2.AsyncBaseTransport):
    """See the module. Good for one request.

    Args:
        port: The port.
        places: The workers, one of which is to listen there.
    """

    def __init__(self, port: int, places: Sequence[Surroundings]) -> None:
        self._pool = httpcore2.AsyncConnectionPool(
            max_connections=1, max_keepalive_connections=0, network_backend=_Checked(port, places)
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request.

        Raises:
            Unreached: the service does not answer, or is none of the job's.
        """
        assert isinstance(request.stream, httpx2.AsyncByteStream)
        url = httpcore2.URL(
            scheme=b"http", host=HOST.encode(), port=request.url.port, target=request.url.raw_path
        )
        sent = httpcore2.Request(
            method=request.method,
            url=url,
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        try:
            answer = await self._pool.handle_async_request(sent)
        except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException) as error:
            raise Unreached(f"the service does not answer: {str(error) or type(error).__name__}") from error
        assert isinstance(answer.stream, AsyncIterable)
        return httpx2.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Stream(answer.stream),
            extensions=answer.extensions,
        )

    async def aclose(self) -> None:
        """Hang up."""
        await self._pool.aclose()
