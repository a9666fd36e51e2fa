"""What comes from a worker, in whose process the user's code runs: messages, or the end."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest

from starwhale.jobs.executors import wire
from starwhale.jobs.executors.wire import Channel


@pytest.fixture
def ends() -> Iterator[tuple[Channel, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Channel(ours), theirs


def test_messages_come_in_any_pieces(ends: tuple[Channel, socket.socket]) -> None:
    channel, worker = ends
    told = [{"op": "progress", "rows": number, "text": "x" * number} for number in range(50)]
    data = b"".join(json.dumps(each).encode() + b"\n" for each in told)
    found = []
    for start in range(0, len(data), 7):
        worker.sendall(data[start : start + 7])
        found += channel.receive() or []
    assert found == told


@pytest.mark.parametrize("line", [b"{", b"no json", b"[]", b"1", b"{}", b"\xff", b"[" * 100_000, b""])
def test_what_is_no_message_is_the_end(ends: tuple[Channel, socket.socket], line: bytes) -> None:
    channel, worker = ends
    worker.sendall(line + b"\n")
    found: list[wire.Message] | None = []
    while found == []:
        found = channel.receive()
    assert found is None


def test_a_message_without_end_is_the_end(
    ends: tuple[Channel, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "LONGEST", 1000)
    channel, worker = ends
    worker.sendall(b"x" * 900)
    assert channel.receive() == []
    worker.sendall(b"x" * 900)
    assert channel.receive() is None
