"""FAULTS 18: uploads and downloads that are cut off go on, and are seen only when they are whole."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.contract.storage.s3 import S3Server, open_s3
from tests.fault.storage.proxy import Fault, FaultProxy, Plan, Request

from starwhale.core.errors import NotFound, Unavailable
from starwhale.storage.blobs import Blobs
from starwhale.storage.blobs.cache import CHUNK

if TYPE_CHECKING:
    from starwhale.storage.objects.remote import RemoteObjects

pytestmark = pytest.mark.fault
SIZE = 2 * CHUNK + 12345
CONTENT = (os.urandom(1 << 16) * (SIZE // (1 << 16) + 1))[:SIZE]
DIGEST = hashlib.sha256(CONTENT).hexdigest()
POINTS = [point * SIZE // 50 for point in range(50)]


@pytest.fixture(scope="module")
def bucket(s3_server: S3Server) -> str:
    name = s3_server.bucket()
    Blobs(open_s3(s3_server.url, name)).put(CONTENT)
    return name


def impatient(proxy: FaultProxy, bucket: str) -> RemoteObjects:
    return open_s3(proxy.url, bucket, retry_config={"max_retries": 0})


def goes_down(method: str, point: int, kind: str) -> Plan:
    """A network that fails for good when `point` bytes have passed in bodies of `method`."""
    passed = 0

    def plan(request: Request) -> Fault | None:
        nonlocal passed
        if passed < 0:
            return Fault("drop")
        length = CHUNK if method == "GET" else request.length
        if request.method != method or passed + length <= point:
            passed += length if request.method == method else 0
            return None
        fault, passed = Fault(kind, point - passed), -1
        return fault

    return plan


def is_seen(cache: Path) -> bool:
    return any(path.is_file() and path.parent.name != ".partial" for path in cache.rglob("*"))


@pytest.mark.parametrize("point", POINTS)
def test_a_download_goes_on_where_it_was_cut(
    proxy: FaultProxy, bucket: str, tmp_path: Path, point: int
) -> None:
    proxy.reset(goes_down("GET", point, "cut"))
    with pytest.raises(Unavailable):
        Blobs(impatient(proxy, bucket), tmp_path).local(DIGEST)
    assert not is_seen(tmp_path)
    proxy.reset()
    path = Blobs(impatient(proxy, bucket), tmp_path).local(DIGEST)
    assert path.read_bytes() == CONTENT
    assert proxy.sent == SIZE - point // CHUNK * CHUNK
    assert list((tmp_path / ".partial").iterdir()) == []


CHILD = """
import sys
from pathlib import Path
from tests.contract.storage.s3 import open_s3
from starwhale.storage.blobs import Blobs

url, bucket, digest, cache = sys.argv[1:]
Blobs(open_s3(url, bucket), Path(cache)).local(digest)
"""


def test_a_download_whose_process_was_killed_goes_on(
    s3_server: S3Server, proxy: FaultProxy, bucket: str, tmp_path: Path
) -> None:
    proxy.reset(lambda request: Fault("slow", seconds=0.3) if len(proxy.seen) > 2 else None)
    command = [sys.executable, "-c", CHILD, proxy.url, bucket, DIGEST, tmp_path]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[3])
    partial, end = tmp_path / ".partial" / DIGEST, time.monotonic() + 30
    while not partial.exists() or partial.stat().st_size < CHUNK:
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not is_seen(tmp_path)
    other = FaultProxy(s3_server.address)  # the first one may still be sending to the dead
    assert Blobs(impatient(other, bucket), tmp_path).local(DIGEST).read_bytes() == CONTENT
    other.close()
    assert other.sent <= SIZE - CHUNK


def test_what_lies_wrong_in_an_interrupted_download_is_not_believed(
    proxy: FaultProxy, bucket: str, tmp_path: Path
) -> None:
    (tmp_path / ".partial").mkdir()
    for wrong in (b"x" * 100, bytes(SIZE), CONTENT + b"more", CONTENT[:-1] + b"?"):
        (tmp_path / ".partial" / DIGEST).write_bytes(wrong)
        blobs = Blobs(impatient(proxy, bucket), tmp_path)
        assert blobs.local(DIGEST).read_bytes() == CONTENT
        for path in tmp_path.glob("??/*"):
            path.unlink()


@pytest.mark.parametrize("point", POINTS)
def test_an_upload_that_was_cut_is_not_seen_and_can_be_repeated(
    s3_server: S3Server, proxy: FaultProxy, point: int
) -> None:
    bucket = s3_server.bucket()
    straight = Blobs(open_s3(s3_server.url, bucket))
    # Of every second one less than a part, which goes in one request.
    content = CONTENT if point in POINTS[::2] else CONTENT[: 1 << 20]
    at = point * len(content) // SIZE
    proxy.reset(goes_down("PUT", at, "cut-request"))
    with pytest.raises(Unavailable):
        Blobs(impatient(proxy, bucket)).put(content)
    digest = hashlib.sha256(content).hexdigest()
    assert not straight.exists(digest)
    assert list(straight.all()) == []
    with pytest.raises(NotFound):
        straight.read(digest)
    proxy.reset()
    assert Blobs(impatient(proxy, bucket)).put(content) == digest
    assert straight.read(digest) == content
