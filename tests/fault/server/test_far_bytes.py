"""A server whose bytes lie far away, behind a network that spoils what goes through it, or are damaged there.

FAULTS 16: what is acknowledged is stored whole, and what is read is right or refused.
FAULTS 17: no flipped bit is ever handed out.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.contract.storage.s3 import S3Server
from tests.fault.storage.proxy import Fault, FaultProxy, Request
from tests.slice.server.browse.uploading import OCTETS
from tests.slice.server.conftest import token_of

from starwhale.core.errors import Corrupted
from starwhale.core.settings import Settings
from starwhale.server.app import create_app
from starwhale.server.backup import back_up
from starwhale.server.services import Services
from starwhale.server.settings import ServerSettings

pytestmark = pytest.mark.fault
KINDS = ("status-500", "status-503", "drop", "lost", "cut", "slow", "short", "flip")
ENVIRON = {
    "AWS_ALLOW_HTTP": "true",
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
}


@dataclass
class Far:
    """A server, somebody who sends bytes to it, and the network to its store."""

    client: TestClient
    services: Services
    proxy: FaultProxy
    build: int

    def send(self, data: bytes) -> tuple[str, int]:
        """Digest and status of an upload."""
        digest = hashlib.sha256(data).hexdigest()
        answer = self.client.put(f"/api/v1/builds/{self.build}/blobs/{digest}", content=data, headers=OCTETS)
        if answer.status_code != 204:
            assert answer.json()["code"] != "internal", answer.text
        return digest, answer.status_code

    def fetch(self, digest: str) -> bytes | None:
        """The bytes of a blob; None where the server refuses or breaks off, which whoever asks can see."""
        answer = self.client.get(f"/api/v1/blobs/{digest}")
        if answer.status_code != 200:
            assert answer.json()["code"] in {"unavailable", "corrupted"}, answer.text
            return None
        whole = len(answer.content) == int(answer.headers["content-length"])
        return answer.content if whole else None


@pytest.fixture
def far(
    s3_server: S3Server, sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Far]:
    proxy = FaultProxy(s3_server.address)
    for name, value in {**ENVIRON, "AWS_ENDPOINT_URL": proxy.url}.items():
        monkeypatch.setenv(name, value)
    root = tmp_path / "server"
    root.mkdir()
    (root / "catalog.sqlite").write_bytes(sqlite_template.read_bytes())
    store = Settings(
        root=root,
        config_path=root / "config.yaml",
        catalog_url=f"sqlite:///{root / 'catalog.sqlite'}",
        objects_url=f"s3://{s3_server.bucket()}/prefix",
    )
    app = create_app(ServerSettings(store=store, user_rate=0), background=False)
    client = TestClient(app, base_url="http://localhost", raise_server_exceptions=False)
    client.headers["Authorization"] = f"Bearer {token_of(app.state.services, 'ada', admin=True)}"
    with client:
        assert client.post("/api/v1/projects", json={"name": "vision"}).status_code == 201
        build = client.post("/api/v1/projects/vision/models/m/builds", json={}).json()["id"]
        yield Far(client, app.state.services, proxy, build)
    proxy.close()


def often(seed: int, share: float) -> Any:
    """Spoil some of all requests."""
    dice = random.Random(seed)

    def plan(request: Request) -> Fault | None:
        if dice.random() >= share:
            return None
        kind, _, status = dice.choice(KINDS).partition("-")
        if kind in {"short", "flip"} and (request.method != "GET" or "list-type" in request.path):
            return None
        if status:
            return Fault(kind, int(status))
        return Fault("slow", seconds=0.05) if kind == "slow" else Fault(kind, dice.randrange(1, 2000))

    return plan


@pytest.mark.parametrize(
    ("seed", "count"),
    [(1, 80), pytest.param(2, 10_000, marks=[pytest.mark.slow, pytest.mark.timeout(1800)])],
)
def test_nothing_is_silently_short_or_changed(far: Far, seed: int, count: int) -> None:
    dice = random.Random(seed)
    stored: dict[str, bytes] = {}
    tried, refused = 0, 0
    far.proxy.reset(often(seed, 0.1))
    while tried < count:
        tried += 1
        if not stored or dice.random() < 0.3:
            data = dice.randbytes(dice.choice([100, 5_000, 200_000]))
            digest, status = far.send(data)
            if status == 204:
                stored[digest] = data
            else:
                refused += 1
            continue
        digest = dice.choice(list(stored))
        found = far.fetch(digest)
        assert found in {None, stored[digest]}
        refused += found is None
    far.proxy.reset()
    assert refused < count / 20
    for digest, data in stored.items():
        assert far.fetch(digest) == data
    print(f"{tried} requests, {len(stored)} blobs, {refused} refused, none short or changed")


def test_a_store_that_is_away_is_told_of_and_comes_back(far: Far) -> None:
    digest, status = far.send(b"x" * 5000)
    assert status == 204
    far.proxy.reset(lambda _: Fault("status", 400))
    answer = far.client.get(f"/api/v1/blobs/{digest}")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    far.proxy.reset()
    assert far.fetch(digest) == b"x" * 5000


def test_rows_of_a_dataset_are_right_or_refused(far: Far) -> None:
    house = far.services
    writer = house.datasets.writer(house.actor, "vision", "d", None)
    for number in range(300):
        writer.put(number, {"n": number, "bytes": random.Random(number).randbytes(3000)})
    version = writer.commit().version
    writer.close()
    far.proxy.reset(often(3, 0.2))
    place = f"/api/v1/projects/vision/datasets/d/versions/{version}/rows"
    for _ in range(10):
        answer = far.client.get(place, params={"size": 300, "columns": ["n"]})
        if answer.status_code != 200:
            assert answer.json()["code"] in {"unavailable", "corrupted"}
            continue
        assert [each["values"]["n"] for each in answer.json()["items"]] == list(range(300))


@pytest.mark.parametrize(
    ("size", "flips"),
    [(300, 150), ((1 << 20) + 300, 10), pytest.param(3000, 1000, marks=pytest.mark.slow)],
)
def test_a_bit_that_flipped_in_the_store_is_never_handed_out(
    sqlite_template: Path, tmp_path: Path, size: int, flips: int
) -> None:
    """Each flip is of one bit of an object on the disk of the server."""
    root = tmp_path / "server"
    root.mkdir()
    (root / "catalog.sqlite").write_bytes(sqlite_template.read_bytes())
    settings = ServerSettings(store=Settings.at(root), user_rate=0)
    app = create_app(settings, background=False)
    client = TestClient(app, base_url="http://localhost", raise_server_exceptions=False)
    client.headers["Authorization"] = f"Bearer {token_of(app.state.services, 'ada', admin=True)}"
    dice = random.Random(size)
    with client:
        assert client.post("/api/v1/projects", json={"name": "vision"}).status_code == 201
        build = client.post("/api/v1/projects/vision/models/m/builds", json={}).json()["id"]
        far = Far(client, app.state.services, FaultProxy(("127.0.0.1", 9)), build)
        far.proxy.close()
        data = dice.randbytes(size)
        digest, status = far.send(data)
        assert status == 204
        path = next(each for each in (root / "objects" / "blobs").rglob("*") if each.is_file())
        path.chmod(0o600)
        for _ in range(flips):
            spoiled, bit = bytearray(data), dice.randrange(size * 8)
            spoiled[bit // 8] ^= 1 << bit % 8
            path.write_bytes(spoiled)
            assert far.fetch(digest) is None
        with pytest.raises(Corrupted, match="other bytes"):
            back_up(settings, tmp_path / "backup")
        assert not (tmp_path / "backup").exists()
        path.write_bytes(data)
        assert far.fetch(digest) == data
