"""A server that is told to end, killed, left alone, flooded, or given code that does not behave."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import pytest
from tests.slice.serving.process import (
    Server,
    is_running,
    module_command,
    running,
    swcli_command,
    wait_for,
)

pytestmark = pytest.mark.fault

CODE = """
import os, sys, threading, time
from starwhale.api.service import api

threading.Thread(target=threading.Event().wait).start()  # never ends, and is no daemon

@api()
def add(x: int, y: int = 2) -> int:
    return x + y

@api()
def slow(seconds: float) -> str:
    open("begun", "w").close()
    time.sleep(seconds)
    return "done"

@api()
def leave(how: str) -> None:
    sys.exit(how)

@api()
async def aleave() -> None:
    sys.exit(3)

@api()
def noisy(lines: int) -> int:
    for number in range(lines):
        print("x" * 1000)
    return lines

@api()
def echo(data: dict) -> int:
    return len(data["a"])

@api()
def drip():
    for number in range(10_000):
        time.sleep(0.01)
        yield number
"""


@pytest.fixture
def code(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(CODE)
    return tmp_path


@pytest.fixture
def server(code: Path) -> Iterator[Server]:
    with running(module_command(code, "app"), code, SW_SERVE_GRACE="2", SW_SERVE_MAX_BODY_MIB="1") as found:
        yield found


def later(server: Server, seconds: float) -> tuple[threading.Thread, list[tuple[int, object]]]:
    got: list[tuple[int, object]] = []
    thread = threading.Thread(target=lambda: got.append(server.post("/api/slow", {"seconds": seconds})))
    thread.start()
    wait_for(Path(server.log.parent / "begun").exists)
    return thread, got


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_call_under_way_is_finished_before_the_end(server: Server, number: int) -> None:
    thread, got = later(server, 0.5)
    assert server.end(number) == 0
    thread.join()
    assert got == [(200, "done")]


def test_a_call_that_outlasts_the_grace_is_cut_and_told_by_the_status(code: Path) -> None:
    with running(module_command(code, "app"), code, SW_SERVE_GRACE="1") as server:
        connection = server.connect()
        connection.request("POST", "/api/slow", json.dumps({"seconds": 60}))
        wait_for((code / "begun").exists)
        began = time.monotonic()
        assert server.end() == 1
        assert time.monotonic() - began < 15


def test_a_second_signal_waits_for_nobody(code: Path) -> None:
    with running(module_command(code, "app"), code, SW_SERVE_GRACE="60") as server:
        connection = server.connect()
        connection.request("POST", "/api/slow", json.dumps({"seconds": 60}))
        wait_for((code / "begun").exists)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        began = time.monotonic()
        assert server.end() == 1
        assert time.monotonic() - began < 15


def test_code_that_leaves_or_prints_ends_only_its_call(server: Server) -> None:
    for path, value in (("/api/leave", {"how": "now"}), ("/api/aleave", None)):
        assert server.post(path, value)[0] == 500
    assert "leave failed: SystemExit: now at app.py:" in server.log.read_text()
    # What user code prints goes where errors go: stdout has the one line that is the result.
    assert server.post("/api/noisy", {"lines": 2000}) == (200, 2000)
    wait_for(lambda: server.log.read_text().count("x" * 1000) > 1900)
    assert server.post("/api/add", {"x": 1}) == (200, 3)


def test_a_stream_ends_with_the_server(server: Server) -> None:
    connection = server.connect()
    connection.request("POST", "/api/drip")
    answer = connection.getresponse()
    assert answer.readline() == b"data: 0\n"
    assert server.end() in {0, 1}


def test_a_client_that_leaves_frees_its_thread(server: Server) -> None:
    for _ in range(20):
        connection = server.connect()
        connection.request("POST", "/api/drip")
        answer = connection.getresponse()
        answer.readline()
        answer.close()
        connection.close()
    wait_for(lambda: b"starwhale_serving_in_flight_requests 1\n" in text(server, "/metrics"))
    assert server.post("/api/add", {"x": 1}) == (200, 3)


def text(server: Server, path: str) -> bytes:
    connection = server.connect()
    connection.request("GET", path)
    found = connection.getresponse().read()
    connection.close()
    return found


def test_rubbish_on_the_wire_hurts_nobody_else(server: Server) -> None:
    address = urlsplit(server.url)
    for rubbish in (
        b"\x00\xff" * 500,
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/add HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n",
        b"POST /api/echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /api/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\nhalf",
    ):
        with socket.create_connection((str(address.hostname), int(address.port or 0)), 10) as raw:
            raw.sendall(rubbish)
            raw.shutdown(socket.SHUT_WR)
            raw.settimeout(10)
            while raw.recv(4096):
                continue
    assert server.post("/api/add", {"x": 1}) == (200, 3)
    assert server.post("/api/echo", {"a": "x" * 2_000_000})[0] == 413
    assert server.post("/api/echo", {"a": "x" * 500_000}) == (200, 500_000)


def test_small_answers_on_one_connection_wait_for_no_acknowledgement(server: Server) -> None:
    connection = server.connect()
    times: list[float] = []
    for number in range(20):
        began = time.perf_counter()
        connection.request("POST", "/api/add", json.dumps({"x": number}))
        assert connection.getresponse().read() == str(number + 2).encode()
        times.append(time.perf_counter() - began)
    assert median(times) < 0.02


def test_a_server_whose_swcli_is_killed_ends_too(code: Path) -> None:
    words = ["-w", str(code), "-m", "app", "--port", "0", "-o", "json"]
    with running(swcli_command(*words), code) as server:
        assert server.pid != server.process.pid
        os.kill(server.process.pid, signal.SIGKILL)
        wait_for(lambda: not is_running(server.pid))
