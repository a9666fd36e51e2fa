"""Whoever else answers on the port of a server is not taken for it, neither by tests nor by what measures."""

from __future__ import annotations

import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from benchmarks.lab import Unmeasurable
from benchmarks.server_sides import running
from tests.fault.server.server_process import ServerProcess

pytestmark = pytest.mark.fault


class Stranger(BaseHTTPRequestHandler):
    """Says yes to everything."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002
        pass


@contextmanager
def stranger(port: int = 0) -> Generator[int]:
    with ThreadingHTTPServer(("127.0.0.1", port), Stranger) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_a_server_whose_port_somebody_else_has_is_not_ready(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data")
    try:
        server.kill()
        with stranger(server.port), pytest.raises(AssertionError, match="in use"):
            server.start()
        server.start()
        assert server.login()
    finally:
        server.close()


def test_somebody_else_is_not_measured(tmp_path: Path) -> None:
    words = [sys.executable, "-c", "import time; time.sleep(60)"]
    with stranger() as port:
        url = f"http://127.0.0.1:{port}"
        with (
            pytest.raises(Unmeasurable, match="somebody else answers"),
            running(words, tmp_path / "log", url, "/readyz", {}),
        ):
            pass


def test_a_server_itself_is_measured(tmp_path: Path) -> None:
    with stranger() as port:
        pass
    words = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)]
    with running(words, tmp_path / "log", f"http://127.0.0.1:{port}", "/", {}) as server:
        assert server.process.poll() is None
