"""An HTTP proxy that spoils what goes through it, as it is told."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_PER_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive", "date", "server"}


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one request.

    Args:
        kind: ``status`` answers `number`; ``hang`` answers nothing for `seconds`; ``slow`` dribbles the body
            over `seconds`; ``cut`` breaks off the answer after `number` bytes of body; ``cut-request`` breaks
            off after `number` bytes of the body of the request, which goes no further; ``drop`` closes before
            forwarding, ``lost`` after it; ``short`` leaves the last `number` bytes out and says so in the
            length; ``flip`` turns bit `number` of the body.
    """

    kind: str
    number: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Request:
    """What a plan may look at."""

    index: int
    method: str
    path: str
    length: int


Plan = Callable[[Request], Fault | None]


def no_faults(_: Request) -> Fault | None:
    """The plan of a network that works."""
    return None


class FaultProxy:
    """A proxy on a free port of the loopback, in front of the server at `upstream`."""

    def __init__(self, upstream: tuple[str, int]) -> None:
        self.plan: Plan = no_faults
        self.seen: list[Request] = []
        self.sent = 0
        self._upstream = upstream
        self._lock = threading.Lock()
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def reset(self, plan: Plan = no_faults) -> None:
        """Forget what was seen, and go by another plan."""
        with self._lock:
            self.plan, self.seen, self.sent = plan, [], 0

    def note(self, method: str, path: str, length: int) -> Fault | None:
        """Remember a request; its fault."""
        with self._lock:
            request = Request(len(self.seen), method, path, length)
            self.seen.append(request)
            return self.plan(request)

    def count(self, sent: int) -> None:
        """Remember how much of an answer was sent."""
        with self._lock:
            self.sent += sent

    def ask(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        """The answer of the server behind."""
        connection = http.client.HTTPConnection(*self._upstream, timeout=30)
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, proxy: FaultProxy) -> None:
        self.proxy = proxy
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def proxy(self) -> FaultProxy:
        assert isinstance(self.server, _Server)
        return self.server.proxy

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""

    def serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        fault = self.proxy.note(self.command, self.path, length) or Fault("none")
        body = self.rfile.read(min(fault.number, length) if fault.kind == "cut-request" else length)
        if fault.kind == "status":
            return self.answer(fault.number, {}, b"<Error/>", fault)
        if fault.kind in {"cut-request", "drop", "hang"}:
            time.sleep(fault.seconds)
            return self.break_off()
        status, headers, content = self.proxy.ask(self.command, self.path, body, dict(self.headers))
        if fault.kind == "lost":
            return self.break_off()
        return self.answer(status, headers, _spoiled(content, fault), fault)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = serve  # noqa: N815  so are they called

    def answer(self, status: int, headers: dict[str, str], content: bytes, fault: Fault) -> None:
        length = len(content)
        if self.command == "HEAD":
            told = {name.lower(): value for name, value in headers.items()}
            length = int(told.get("content-length", 0)) - (fault.number if fault.kind == "short" else 0)
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in _PER_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(max(0, length)))
        self.end_headers()
        if self.command != "HEAD":
            self.send_body(content, fault)

    def send_body(self, content: bytes, fault: Fault) -> None:
        pieces = [content]
        if fault.kind == "slow":
            step = max(1, len(content) // 10)
            pieces = [content[start : start + step] for start in range(0, len(content), step)]
        elif fault.kind == "cut":
            pieces = [content[: fault.number]]
        for piece in pieces:
            time.sleep(fault.seconds / len(pieces))
            # Before it is sent: whoever has all of it may look at once.
            self.proxy.count(len(piece))
            self.wfile.write(piece)
            self.wfile.flush()
        if fault.kind == "cut":
            self.break_off()

    def break_off(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


def _spoiled(content: bytes, fault: Fault) -> bytes:
    if fault.kind == "short":
        return content[: max(0, len(content) - fault.number)]
    if fault.kind == "flip" and content:
        spoiled = bytearray(content)
        spoiled[fault.number // 8 % len(content)] ^= 1 << fault.number % 8
        return bytes(spoiled)
    return content
