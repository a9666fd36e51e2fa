"""A server whose disk is full, has no inodes, or may not be written: it says so, and goes on (FAULTS 15)."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient
from tests.fault.storage.conftest import mounted
from tests.slice.server.browse.uploading import OCTETS
from tests.slice.server.conftest import token_of
from tests.stores import NearStores

from starwhale.catalog.copying import copy_catalog
from starwhale.catalog.engine import Catalog
from starwhale.core.errors import Corrupted, StorageFull
from starwhale.core.settings import Settings
from starwhale.server.app import create_app
from starwhale.server.backup import back_up
from starwhale.server.settings import ServerSettings

__all__ = ["mounted"]

pytestmark = pytest.mark.fault
MIB = 1 << 20


@dataclass
class Office:
    """A server on a small disk, and what it has acknowledged."""

    disk: Path
    client: TestClient
    build: int = 0
    blobs: dict[str, bytes] = field(default_factory=dict[str, bytes])
    projects: list[str] = field(default_factory=list[str])

    def send(self, size: int) -> Any:
        data = os.urandom(size)
        digest = hashlib.sha256(data).hexdigest()
        answer = self.client.put(f"/api/v1/builds/{self.build}/blobs/{digest}", content=data, headers=OCTETS)
        if answer.status_code == 204:
            self.blobs[digest] = data
        return answer

    def make_project(self, words: int) -> Any:
        name = f"p{len(self.projects)}"
        answer = self.client.post("/api/v1/projects", json={"name": name, "description": "x" * words})
        if answer.status_code == 201:
            self.projects.append(name)
        return answer

    def check(self) -> None:
        """What was acknowledged is there, and nothing half of anything else."""
        for digest, data in self.blobs.items():
            answer = self.client.get(f"/api/v1/blobs/{digest}")
            assert answer.content == data, answer.text[:300]
        listed = self.client.get("/api/v1/projects", params={"size": 1000}).json()["items"]
        assert set(self.projects) <= {each["name"] for each in listed}
        objects = self.disk / "server" / "objects"
        there = [each for each in (objects / "blobs").rglob("*") if each.is_file()]
        assert {each.parent.name + each.name for each in there} == set(self.blobs)


def until_refused(act: Callable[[], Any], most: int = 2000) -> Any:
    """Repeat something until it is refused; the answer."""
    for _ in range(most):
        answer = act()
        if answer.status_code >= 400:
            return answer
    raise AssertionError("it is never refused")


def client_at(disk: Path) -> TestClient:
    """Somebody who may do everything on a server that begins on a disk."""
    app = create_app(ServerSettings(store=Settings.at(disk / "server"), user_rate=0))
    client = TestClient(app, base_url="http://localhost", raise_server_exceptions=False)
    client.headers["Authorization"] = f"Bearer {token_of(app.state.services, 'ada', admin=True)}"
    client.__enter__()
    return client


@pytest.fixture
def opened(sqlite_template: Path) -> Iterator[Callable[[Path], Office]]:
    """Opens a server on a disk, with all that it does without being asked."""
    clients: list[TestClient] = []

    def make(disk: Path) -> Office:
        root = disk / "server"
        root.mkdir()
        shutil.copy(sqlite_template, root / "catalog.sqlite")
        with (root / "catalog.sqlite").open("rb") as copied:
            os.fsync(copied.fileno())
        client = client_at(disk)
        clients.append(client)
        office = Office(disk, client)
        assert office.make_project(1).status_code == 201
        office.build = client.post("/api/v1/projects/p0/models/m/builds", json={}).json()["id"]
        assert office.send(1000).status_code == 204
        return office

    yield make
    for each in clients:
        with suppress(RuntimeError):  # closed already
            each.__exit__(None, None, None)


class FailingDisk:
    """A disk of its own that the system makes read-only at an error, as it does with those that break."""

    def __init__(self, place: Path) -> None:
        self.place, self._image = place / "disk", place / "image"
        with self._image.open("wb") as image:
            image.truncate(48 * MIB)
        self.place.mkdir()
        self._run("mkfs.ext4", "-q", str(self._image))
        self.mount()

    def mount(self) -> None:
        self._run("mount", "-o", "loop,errors=remount-ro", str(self._image), str(self.place))

    def fail(self) -> None:
        """Have the system find an error."""
        device = Path(self._run("findmnt", "-n", "-o", "SOURCE", str(self.place)).strip()).name
        trigger = Path(f"/sys/fs/ext4/{device}/trigger_fs_error")
        if not trigger.exists():
            pytest.skip("this system makes no errors on purpose")
        trigger.write_text("x")

    def mend(self) -> None:
        """Have it repaired, as somebody does at a restart; nobody may use it."""
        subprocess.run(["umount", str(self.place)], check=True)
        subprocess.run(["e2fsck", "-fy", str(self._image)], capture_output=True, check=False)
        self.mount()

    def close(self) -> None:
        subprocess.run(["umount", "-l", str(self.place)], check=True)

    def _run(self, *words: str) -> str:
        try:
            done = subprocess.run(words, capture_output=True, text=True, check=False)
        except FileNotFoundError as exc:
            pytest.skip(f"needs {exc.filename}")
        if done.returncode:
            pytest.skip(f"may not mount a disk here: {done.stderr.strip()}")
        return done.stdout


@pytest.fixture
def failing_disk(tmp_path: Path) -> Iterator[FailingDisk]:
    made = FailingDisk(tmp_path)
    yield made
    made.close()


def check_catalog(office: Office) -> None:
    url = f"sqlite:///{office.disk / 'server' / 'catalog.sqlite'}"
    with closing(Catalog.open(url)) as catalog, catalog.connect() as connection:
        assert connection.scalar(text("PRAGMA integrity_check")) == "ok"


def test_a_full_disk_is_told_of_and_the_server_goes_on_when_there_is_room(
    mounted: Callable[..., Path], opened: Callable[[Path], Office]
) -> None:
    office = opened(mounted(size="32m"))
    ballast = office.disk / "ballast"
    ballast.write_bytes(bytes(12 * MIB))
    answer = until_refused(lambda: office.send(MIB))
    assert (answer.status_code, answer.json()["code"]) == (507, "storage_full"), answer.text
    answer = until_refused(lambda: office.make_project(9000))
    assert (answer.status_code, answer.json()["code"]) == (507, "storage_full"), answer.text
    assert office.client.get("/healthz").status_code == 200
    office.check()
    ballast.unlink()
    for _ in range(3):
        assert office.send(MIB).status_code == 204
        assert office.make_project(9000).status_code == 201
    office.check()
    check_catalog(office)


def test_a_disk_without_inodes_is_told_of(
    mounted: Callable[..., Path], opened: Callable[[Path], Office]
) -> None:
    office = opened(mounted(size="32m", nr_inodes=400))
    answer = until_refused(lambda: office.send(100))
    assert (answer.status_code, answer.json()["code"]) == (507, "storage_full"), answer.text
    office.check()
    for digest in list(office.blobs)[:20]:
        (office.disk / "server" / "objects" / "blobs" / digest[:2] / digest[2:]).unlink()
        del office.blobs[digest]
    assert office.send(100).status_code == 204
    office.check()


def test_a_disk_that_becomes_read_only_is_told_of_and_nothing_is_lost(
    failing_disk: FailingDisk, opened: Callable[[Path], Office]
) -> None:
    office = opened(failing_disk.place)
    assert [office.send(1000).status_code for _ in range(5)] == [204] * 5
    assert office.make_project(10).status_code == 201
    failing_disk.fail()
    for _ in range(2):
        for answer, said in ((office.send(1000), "is read-only"), (office.make_project(10), "fails")):
            assert (answer.status_code, answer.json()["code"]) == (503, "unavailable"), answer.text
            assert answer.json()["detail"].endswith(said), answer.text
    office.check()
    assert office.client.get("/healthz").status_code == 200
    office.client.__exit__(None, None, None)
    failing_disk.mend()
    office.client = client_at(failing_disk.place)
    try:
        office.check()
        assert office.send(1000).status_code == 204
        assert office.make_project(10).status_code == 201
        office.check()
        check_catalog(office)
    finally:
        office.client.__exit__(None, None, None)


def test_a_server_does_not_start_where_it_may_not_write_and_says_so(
    mounted: Callable[..., Path], opened: Callable[[Path], Office], tmp_path: Path
) -> None:
    disk = mounted(size="32m")
    office = opened(disk)
    office.client.__exit__(None, None, None)
    remount = ["mount", "-o", "remount,ro", str(disk)]
    done = subprocess.run(remount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(done.stderr.strip())
    words = ["server", "start", "--no-detach", "--port", "0", "--data", str(disk / "server")]
    started = subprocess.run(
        [sys.executable, "-P", "-m", "starwhale.cli", *words],
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = " ".join(started.stderr.split())
    assert started.returncode != 0
    assert said.startswith("Error: cannot use"), said
    assert "Read-only file system" in said


def test_a_catalog_that_is_healthy_is_not_called_damaged_where_its_copy_has_no_room(
    mounted: Callable[..., Path], sqlite_template: Path, tmp_path: Path
) -> None:
    settings = ServerSettings(store=NearStores(sqlite_template).make(tmp_path / "server"))
    catalog = tmp_path / "server" / "catalog.sqlite"
    small = mounted(size="64k")
    for place in (small / "backup", small / "backup.tar"):
        with pytest.raises(StorageFull, match=r"no space left at .* for a copy of the catalog"):
            back_up(settings, place)
        assert list(small.iterdir()) == []
    garbled = tmp_path / "garbled.sqlite"
    garbled.write_bytes(b"x" * 100_000)
    with pytest.raises(Corrupted, match="not a catalog"):
        copy_catalog(garbled, tmp_path / "copy.sqlite")
    copy_catalog(catalog, tmp_path / "whole.sqlite")
    with closing(sqlite3.connect(tmp_path / "whole.sqlite")) as copied:
        assert copied.execute("PRAGMA integrity_check").fetchone() == ("ok",)
