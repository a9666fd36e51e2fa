"""Uploads and downloads whose connection is cut go on, and are seen only when they are whole (FAULTS 18)."""

from __future__ import annotations

import hashlib
import os
import random
import socket
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from tests.fault.server.server_process import ServerProcess
from tests.fault.storage.proxy import Fault, FaultProxy, Plan, Request

from starwhale.client.http import Http
from starwhale.client.objects import HttpObjects, RemoteBlobs
from starwhale.core.errors import NotFound, StarwhaleError
from starwhale.core.kinds import Kind
from starwhale.core.settings import Settings
from starwhale.core.uri import ArtifactUri
from starwhale.instance.remote import RemoteInstance

pytestmark = pytest.mark.fault
SIZE = 3 << 20


class Road:
    """A server, the road to it, and whoever goes there with a build of his."""

    def __init__(self, data: Path) -> None:
        self.server = ServerProcess(data)
        self.token = self.server.login()
        self.proxy = FaultProxy(("127.0.0.1", self.server.port))
        self.http = Http(self.proxy.url, self.token)
        self.http.post("/projects", {"name": "vision"})
        self.build = int(self.http.post("/projects/vision/models/m/builds")["id"])

    def blobs(self, cache: Path) -> RemoteBlobs:
        return RemoteBlobs(HttpObjects(self.http, self.build), cache)

    def stored(self) -> set[str]:
        """What others see: blobs in the store of the server."""
        found = (self.server.data / "objects" / "blobs").rglob("*")
        return {path.parent.name + path.name for path in found if path.is_file()}

    def cut(self, data: bytes, point: int) -> None:
        """Send the server the beginning of a blob itself, and no more; return once it is done with it."""
        digest, before = hashlib.sha256(data).hexdigest(), self._answered()
        head = f"PUT /api/v1/builds/{self.build}/blobs/{digest} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        head += f"Authorization: Bearer {self.token}\r\nContent-Length: {len(data)}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", self.server.port)) as connection:
            connection.sendall(head.encode() + data[:point])
        patience = time.monotonic() + 30
        while self._answered() == before:
            assert time.monotonic() < patience, "it still waits for the rest"
            time.sleep(0.01)

    def _answered(self) -> int:
        return self.server.log.read_text().count(f"PUT /api/v1/builds/{self.build}/blobs/")

    def close(self) -> None:
        self.http.close()
        self.proxy.close()
        self.server.close()


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Road]:
    made = Road(tmp_path_factory.mktemp("road") / "data")
    yield made
    made.close()


def once(kind: str, number: int, method: str) -> Plan:
    """Cut the first request of a method that carries or asks for a blob."""
    spoiled: list[Request] = []

    def plan(request: Request) -> Fault | None:
        if request.method != method or "/blobs/" not in request.path or spoiled:
            return None
        spoiled.append(request)
        return Fault(kind, number)

    return plan


def always_cut(number: int) -> Plan:
    return lambda request: Fault("cut-request", number) if request.method == "PUT" else None


POINTS = sorted({0, 1, SIZE - 1, *(random.Random(18).sample(range(SIZE), 47))})
FEW_OR_ALL = pytest.mark.parametrize(
    "points", [POINTS[::7], pytest.param(POINTS, marks=pytest.mark.slow)], ids=["8", "50"]
)


@FEW_OR_ALL
def test_an_upload_that_is_cut_anywhere_is_sent_again_and_seen_whole(
    road: Road, tmp_path: Path, points: Sequence[int]
) -> None:
    for point in points:
        data = os.urandom(SIZE)
        road.proxy.reset(once("cut-request", point, "PUT"))
        digest = road.blobs(tmp_path / "cache").put(data)
        assert sum(request.method == "PUT" for request in road.proxy.seen) == 2
        assert (road.server.data / "objects" / "blobs" / digest[:2] / digest[2:]).read_bytes() == data


def test_an_upload_that_is_cut_for_good_is_never_seen(road: Road, tmp_path: Path) -> None:
    before = road.stored()
    for point in POINTS[::10]:
        data = os.urandom(SIZE)
        digest = hashlib.sha256(data).hexdigest()
        road.http.attempts = 1
        road.proxy.reset(
            lambda request, at=point: Fault("cut-request", at) if request.method == "PUT" else None
        )
        try:
            with pytest.raises(StarwhaleError):
                road.blobs(tmp_path / "cache").put(data)
        finally:
            road.http.attempts = 5
        road.proxy.reset()
        assert road.stored() == before
        with pytest.raises(StarwhaleError):
            road.blobs(tmp_path / "other").read(digest)


def test_the_beginning_of_a_blob_is_never_seen(road: Road) -> None:
    """What comes no further than to the server itself; that somebody goes away is no failure of it."""
    before, told = road.stored(), len(road.server.log.read_text())
    for point in POINTS[::7]:
        road.cut(os.urandom(SIZE), point)
        assert road.stored() == before
    since = road.server.log.read_text()[told:]
    assert "ERROR" not in since
    assert since.count("status=400") == len(POINTS[::7])


@FEW_OR_ALL
def test_a_download_that_is_cut_anywhere_goes_on_and_is_whole(
    road: Road, tmp_path: Path, points: Sequence[int]
) -> None:
    data = os.urandom(SIZE)
    road.proxy.reset()
    digest = road.blobs(tmp_path / "cache").put(data)
    for number, point in enumerate(points):
        road.proxy.reset(once("cut", point, "GET"))
        cache = tmp_path / f"cache-{number}"
        blobs = road.blobs(cache)
        assert (blobs.local(digest).read_bytes() if number % 2 else blobs.read(digest)) == data
        kept = [path for path in cache.rglob("*") if path.is_file()]
        assert all(path.read_bytes() == data for path in kept if path.name in digest)


def first_is_lost(request: Request) -> Fault | None:
    """The server does what it is asked, and nobody hears of it."""
    return Fault("lost") if request.index == 0 else None


def test_what_was_removed_is_removed_although_the_answer_was_lost(road: Road, tmp_path: Path) -> None:
    road.http.post("/projects", {"name": "gone"})
    road.proxy.reset(first_is_lost)
    road.http.delete("/projects/gone")
    assert [request.method for request in road.proxy.seen] == ["DELETE", "DELETE"]
    road.proxy.reset()
    with pytest.raises(NotFound):
        road.http.delete("/projects/gone")
    settings = Settings.at(tmp_path / "home")
    with RemoteInstance("team", road.proxy.url, token=road.token, user="admin", settings=settings) as team:
        writer = team.datasets.writer(team.actor, "vision", "d", None)
        writer.put(0, {"x": 1})
        writer.commit()
        writer.close()
        uri = ArtifactUri(instance="team", project="vision", kind=Kind.DATASET, name="d")
        road.proxy.reset(first_is_lost)
        assert team.artifacts.remove(team.actor, uri) == uri
        road.proxy.reset()
        with pytest.raises(NotFound):
            team.artifacts.remove(team.actor, uri)
