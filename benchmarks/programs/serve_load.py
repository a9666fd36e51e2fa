"""Ask a server, and say what it cost the server: `serve_load.py PORT PID REQUESTS CONNECTIONS`."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path

BODY = b'{"x": 1, "y": 2}'


class Asker(asyncio.Protocol):
    """Sends the next request when the answer to the last is whole."""

    def __init__(self, request: bytes, count: list[int], done: asyncio.Event) -> None:
        self.request, self.count, self.done = request, count, done
        self.read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.read += data
        head, found, body = self.read.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        if len(body) < length:
            return
        assert head.startswith(b"HTTP/1.1 200"), head
        assert json.loads(body) == {"x": 1, "y": 2}, body
        self.read = b""
        self.count[0] -= 1
        if self.count[0] > 0:
            self.transport.write(self.request)
        else:
            self.done.set()


def cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def ask(port: int, requests: int, connections: int) -> None:
    head = f"POST /api/echo HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
    request = f"{head}Accept: */*\r\nContent-Length: {len(BODY)}\r\n\r\n".encode() + BODY
    done, count = asyncio.Event(), [requests]
    loop = asyncio.get_running_loop()
    for _ in range(connections):
        await loop.create_connection(lambda: Asker(request, count, done), "127.0.0.1", port)
    await done.wait()


def main(port: int, pid: int, requests: int, connections: int) -> None:
    asyncio.run(ask(port, 500, connections))
    used, began = cpu(pid), time.perf_counter()
    asyncio.run(ask(port, requests, connections))
    wall = time.perf_counter() - began
    print(json.dumps({"cpu": cpu(pid) - used, "wall": wall, "requests": requests}))


main(*map(int, sys.argv[1:5]))
