"""Services that tasks offer, behind the address of the server: a real HTTP server in a real job."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient
from tests.slice.server.conftest import token_of
from tests.slice.server.jobs.conftest import Live, Server, until
from tests.slice.server.jobs.test_runs import JOBS, order

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")

CODE = """
    import http.server, json, os, socketserver, subprocess, sys, time
    from starwhale import handler

    PORT = {port}

    class Answers(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            length = int(self.headers.get("content-length") or 0)
            body = self.rfile.read(length)
            if self.path == "/slow":
                self.send_response(200)
                self.send_header("content-type", "text/event-stream")
                self.send_header("transfer-encoding", "chunked")
                self.end_headers()
                for number in range(1000):
                    piece = f"data: {{number}}\\n\\n".encode()
                    self.wfile.write(f"{{len(piece):x}}\\r\\n".encode() + piece + b"\\r\\n")
                    self.wfile.flush()
                    time.sleep(0.02)
                return
            if self.path.startswith("/away"):
                self.send_response(302)
                self.send_header("location", self.path[len("/away="):])
                self.send_header("content-length", "0")
                self.end_headers()
                return
            told = {{"method": self.command, "path": self.path, "headers": dict(self.headers), "body": body.decode()}}
            data = json.dumps(told).encode()
            self.send_response(201)
            self.send_header("content-type", "text/html")
            self.send_header("set-cookie", "starwhale_session=evil; Path=/")
            self.send_header("clear-site-data", '"*"')
            self.send_header("content-security-policy", "default-src *")
            self.send_header("access-control-allow-origin", "https://evil.example")
            self.send_header("x-accel-redirect", "/etc/passwd")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = answer

        def log_message(self, *_):
            pass

    class Service(socketserver.ThreadingMixIn, http.server.HTTPServer):
        daemon_threads = True

    @handler(expose=PORT)
    def serve():
        Service(("127.0.0.1", PORT), Answers).serve_forever()

    @handler(expose=PORT)
    def never():
        print("waiting", flush=True)
        time.sleep(600)

    @handler
    def nothing():
        time.sleep(600)
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def house(tmp_path: Path, server_settings: Any, port: int) -> Iterator[Live]:
    with Server(server_settings) as live:
        live.stock(tmp_path / "code", code=dedent(CODE.format(port=port)))
        yield live


def serving(live: Live, port: int, handler: str = "serve") -> tuple[TestClient, str, str]:
    """A client, a job that serves, and the address of its service."""
    client = live.client()
    job = order(client, handler)
    until(client, job, "RUNNING")
    path = f"{JOBS}/{job}/services/{port}/"
    if handler == "serve":
        patience = time.monotonic() + 60
        while client.get(path).status_code != 201:
            assert time.monotonic() < patience, client.get(path).text
            time.sleep(0.1)
    return client, job, path


def test_requests_go_through_as_they_are_and_without_what_is_nobodys_business(house: Live, port: int) -> None:
    client, job, path = serving(house, port)
    assert client.get(f"{JOBS}/{job}").json()["services"] == [
        {"handler": "code_of_user:serve", "port": port, "path": path}
    ]
    answer = client.post(f"{path}a%2Fb/../c?x=1&y=%20", content=b"hello", headers={"cookie": "starwhale_session=mine", "x-own": "kept", "origin": "http://localhost"})
    assert answer.status_code == 201, answer.text
    print(answer.json())
    assert 0
