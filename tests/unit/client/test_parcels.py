"""Small blobs wait, and travel together."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from typing import Any, cast

import pytest

from starwhale.client.http import Http
from starwhale.client.parcels import SMALL, Parcels
from starwhale.core.errors import Conflict, Unavailable


class Wire:
    """Takes down what would go over the network."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, set[bytes]]] = []
        self.broken = False

    def send(self, method: str, path: str, *, json: dict[str, Any], again: bool) -> None:
        assert (method, again) == ("POST", True)
        if self.broken:
            raise Unavailable("no network")
        self.sent.append((path, {b64decode(each) for each in json["blobs"].values()}))


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def parcels(wire: Wire) -> Parcels:
    return Parcels(cast("Http", wire))


def add(parcels: Parcels, build: int, data: bytes) -> str:
    digest = hashlib.sha256(data).hexdigest()
    parcels.add(build, digest, data)
    return digest


def test_a_blob_waits_and_is_found(parcels: Parcels, wire: Wire) -> None:
    digest = add(parcels, 1, b"a")
    assert parcels.find(digest) == b"a"
    assert parcels.of(1) == {digest: b"a"}
    assert parcels.of(2) == {}
    parcels.forget(1)
    assert parcels.find(digest) is None
    assert wire.sent == []


def test_other_bytes_are_refused(parcels: Parcels) -> None:
    with pytest.raises(Conflict):
        parcels.add(1, "0" * 64, b"a")
    assert parcels.of(1) == {}


def test_many_are_sent_together_and_each_once(parcels: Parcels, wire: Wire) -> None:
    made = {number.to_bytes(4) * (SMALL // 4) for number in range(100)}
    for data in made:
        add(parcels, 7, data)
    waiting = set(parcels.of(7).values())
    sent = [data for _path, some in wire.sent for data in some]
    assert {path for path, _some in wire.sent} == {"/builds/7/blobs"}
    assert len(sent) == len(set(sent))
    assert set(sent) | waiting == made
    assert not set(sent) & waiting
    assert all(sum(map(len, some)) < 1 << 20 for _path, some in wire.sent)


def test_tiny_ones_are_counted_as_well(parcels: Parcels, wire: Wire) -> None:
    for number in range(1200):
        add(parcels, 7, str(number).encode())
    assert [len(some) for _path, some in wire.sent] == [501, 501]


def test_what_could_not_be_sent_still_waits(parcels: Parcels, wire: Wire) -> None:
    made = [bytes([number]) * SMALL for number in range(33)]
    for data in made[:-1]:
        add(parcels, 7, data)
    wire.broken = True
    with pytest.raises(Unavailable):
        add(parcels, 7, made[-1])
    assert set(parcels.of(7).values()) == set(made)
