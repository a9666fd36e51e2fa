"""FAULTS 16: an object store behind a network that spoils requests and answers."""

from __future__ import annotations

import os
import random
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.contract.storage.s3 import open_s3
from tests.fault.storage.proxy import Fault, FaultProxy, Plan, Request

from starwhale.core.errors import Corrupted, StarwhaleError, Unavailable
from starwhale.storage.blobs import Blobs

if TYPE_CHECKING:
    from pathlib import Path

    from tests.contract.storage.s3 import S3Server

    from starwhale.storage.objects.remote import RemoteObjects

pytestmark = pytest.mark.fault
KINDS = ["status-500", "status-503", "drop", "lost", "cut", "slow", "hang"]
METHODS = {
    "get": ["GET"],
    "range": ["GET"],
    "put": ["PUT", "HEAD"],
    "put-big": ["POST", "PUT"],
    "stat": ["HEAD"],
    "delete": ["DELETE", "POST"],
    "list": ["GET"],
    "touch": ["PUT", "HEAD", "POST"],
    "sweep": ["PUT", "GET", "POST"],
}
CLIENT = {"allow_http": True, "timeout": "400ms", "connect_timeout": "400ms", "read_timeout": "400ms"}


def fault_of(kind: str, dice: random.Random) -> Fault:
    if kind.startswith("status"):
        return Fault("status", int(kind.partition("-")[2]))
    if kind == "hang":
        return Fault("hang", seconds=0.6)
    if kind == "slow":
        return Fault("slow", seconds=0.05)
    return Fault(kind, dice.randrange(1, 60 if kind == "cut" else 2000))


def once(fault: Fault, method: str) -> Plan:
    """Spoil the first request of a method."""
    spoiled: list[Request] = []

    def plan(request: Request) -> Fault | None:
        if request.method != method or spoiled:
            return None
        spoiled.append(request)
        return fault

    return plan


def often(kinds: tuple[str, ...], seed: int, share: float = 0.3) -> Plan:
    """Spoil some of all requests."""
    dice = random.Random(seed)

    def plan(request: Request) -> Fault | None:
        if dice.random() >= share:
            return None
        kind = dice.choice(kinds)
        # What these do to an answer without a body is nothing; to a listing it is another matter.
        if kind in {"short", "flip"} and request.method != "GET":
            return None
        return fault_of(kind, dice)

    return plan


@pytest.fixture
def remote(s3_server: S3Server, proxy: FaultProxy) -> RemoteObjects:
    return open_s3(proxy.url, s3_server.bucket(), client_options=CLIENT)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("act", list(METHODS))
def test_one_spoiled_request_is_repeated(
    remote: RemoteObjects, proxy: FaultProxy, kind: str, act: str
) -> None:
    data = os.urandom(5000)
    remote.put("a/b", data)
    for method in METHODS[act]:
        proxy.reset(once(fault_of(kind, random.Random(1)), method))
        check(remote, act, data)


def test_an_upload_whose_end_was_done_and_half_answered_is_sent_again(
    remote: RemoteObjects, proxy: FaultProxy
) -> None:
    first = once(Fault("cut", 30), "POST")
    proxy.reset(lambda request: first(request) if "uploadId=" in request.path else None)
    check(remote, "put-big", b"")


def check(remote: RemoteObjects, act: str, data: bytes) -> None:
    """Do something, and see that it was done rightly."""
    if act == "get":
        assert remote.get("a/b") == data
    elif act == "range":
        assert remote.get("a/b", 100, 2000) == data[100:2100]
    elif act == "put":
        remote.put("a/c", data)
        assert remote.get("a/c") == data
    elif act == "put-big":
        big = os.urandom(9 << 20)
        remote.put("a/big", big)
        assert remote.get("a/big") == big
    elif act == "stat":
        found = remote.stat("a/b")
        assert found is not None
        assert found.size == 5000
    elif act == "delete":
        remote.delete("a/b")
        assert remote.stat("a/b") is None
        remote.put("a/b", data)
    elif act == "list":
        assert [found.key for found in remote.list("a")] == ["a/b"]
    elif act == "touch":
        remote.touch("a/b")
        assert remote.get("a/b") == data
    else:
        with remote.gate.sweeping("a") as turn:
            assert turn.open()
        assert remote.marker(".sweep/a") is None


@pytest.mark.parametrize("stands", [True, False])
def test_an_answer_about_a_mark_that_breaks_off_is_asked_for_again(
    remote: RemoteObjects, proxy: FaultProxy, stands: bool
) -> None:
    if stands:
        assert remote.mark(".sweep/a", b"a sweeper", replacing=None)
    proxy.reset(once(Fault("cut", 4), "GET"))
    found = remote.marker(".sweep/a")
    assert (found and found[0]) == (b"a sweeper" if stands else None)


@pytest.mark.parametrize("kind", ["status-500", "drop", "hang"])
def test_a_store_that_never_answers_is_unavailable_soon(
    s3_server: S3Server, proxy: FaultProxy, kind: str
) -> None:
    quick: dict[str, Any] = {"client_options": CLIENT, "retry_config": {"max_retries": 1}}
    remote = open_s3(proxy.url, s3_server.bucket(), **quick)
    proxy.reset(lambda _: fault_of(kind, random.Random(1)))
    for act in (remote.get, remote.stat, remote.touch):
        began = time.monotonic()
        with pytest.raises(Unavailable, match="s3://"):
            act("a/b")
        assert time.monotonic() - began < 5
    with pytest.raises(Unavailable):
        remote.put("a/b", b"x")


def test_a_short_answer_to_a_range_is_read_again(remote: RemoteObjects, proxy: FaultProxy) -> None:
    data = os.urandom(5000)
    remote.put("a/b", data)
    proxy.reset(once(Fault("short", 7), "GET"))
    assert remote.get("a/b", 0, 4000) == data[:4000]
    proxy.reset(lambda request: Fault("short", 7) if request.method == "GET" else None)
    with pytest.raises(Unavailable):
        remote.get("a/b", 0, 4000)


@pytest.mark.parametrize("kind", ["short", "flip"])
def test_a_blob_that_arrives_changed_is_read_again(
    remote: RemoteObjects, proxy: FaultProxy, tmp_path: Path, kind: str
) -> None:
    blobs = Blobs(remote, tmp_path / "cache")
    digest = blobs.put(os.urandom(5000))
    for act in (blobs.read, blobs.verify, blobs.local):
        proxy.reset(once(Fault(kind, 77), "GET"))
        act(digest)
    blobs.local(digest, verify=True)


@pytest.mark.parametrize("kind", ["short", "flip"])
def test_a_blob_that_always_arrives_changed_is_never_handed_out(
    remote: RemoteObjects, proxy: FaultProxy, tmp_path: Path, kind: str
) -> None:
    blobs = Blobs(remote, tmp_path / "cache")
    digest = blobs.put(os.urandom(5000))
    proxy.reset(lambda request: Fault(kind, 77) if request.method == "GET" else None)
    for act in (blobs.read, blobs.verify, blobs.local):
        with pytest.raises((Corrupted, Unavailable)):
            act(digest)
    found = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert {path.parent.name for path in found} <= {".partial"}
    proxy.reset()
    assert blobs.local(digest).read_bytes() == blobs.read(digest)


def test_an_upload_of_which_less_arrives_is_repeated(remote: RemoteObjects, proxy: FaultProxy) -> None:
    """The store says it has less than was sent: the answer to the question after the upload is changed."""
    proxy.reset(once(Fault("short", 7), "HEAD"))
    remote.put("a/b", b"x" * 100)
    assert [request.method for request in proxy.seen] == ["PUT", "HEAD", "PUT", "HEAD"]
    proxy.reset(lambda request: Fault("short", 7) if request.method == "HEAD" else None)
    with pytest.raises(Unavailable, match="93 of 100 bytes"):
        remote.put("a/b", b"x" * 100)


@pytest.mark.parametrize(
    ("seed", "count"),
    [(1, 200), pytest.param(2, 10_000, marks=[pytest.mark.slow, pytest.mark.timeout(1800)])],
)
def test_nothing_is_silently_short_or_changed(
    remote: RemoteObjects, proxy: FaultProxy, seed: int, count: int, tmp_path: Path
) -> None:
    """Among many reads and writes through a bad network each is right, or fails with a clear error."""
    dice = random.Random(seed)
    blobs = Blobs(remote, tmp_path / "cache")
    proxy.reset(often(("status-500", "status-503", "drop", "lost", "cut", "slow", "short", "flip"), seed))
    stored: dict[str, bytes] = {}
    failed = 0
    for _ in range(count):
        try:
            if not stored or dice.random() < 0.2:
                data = dice.randbytes(dice.randrange(0, 4000))
                stored[blobs.put(data)] = data
                continue
            digest = dice.choice(list(stored))
            way = dice.randrange(3)
            if way == 0:
                assert blobs.read(digest) == stored[digest]
            elif way == 1:
                assert blobs.local(digest).read_bytes() == stored[digest]
            else:
                assert blobs.size(digest) == len(stored[digest])
        except StarwhaleError:
            failed += 1
    proxy.reset()
    assert failed < count / 20
    assert stored
    for digest, data in stored.items():
        assert blobs.read(digest) == data


def test_without_the_checks_the_same_network_changes_bytes(remote: RemoteObjects, proxy: FaultProxy) -> None:
    """What the checks of `Blobs` are for: the store below hands out what arrives."""
    data = os.urandom(5000)
    remote.put("a/b", data)
    for kind in ("short", "flip"):
        proxy.reset(once(Fault(kind, 77), "GET"))
        assert remote.get("a/b") != data
