"""Power failures and kills: what was acknowledged is there, and the catalog opens (faults 1 and 3)."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select, text
from tests.slice.catalog.rows import write_one

from starwhale.artifacts.service import ArtifactService
from starwhale.catalog.engine import Catalog
from starwhale.catalog.tables.artifacts import VersionRow
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.core.actor import Actor
from starwhale.core.kinds import Kind
from starwhale.core.page import PageRequest
from starwhale.projects.service import ProjectService

ME = Actor(name="me", admin=True)


def power_failures(url: str, folder: Path, times: int) -> None:
    """Cut the log at places a power failure may leave, garble what was not synced, and open what is left."""
    chance = random.Random(0)
    catalog = Catalog.open(url)
    path = Path(catalog.place)
    log = path.with_name(path.name + "-wal")
    with catalog.begin() as session:
        session.execute(text("PRAGMA wal_autocheckpoint = 0"))
    acknowledged: list[tuple[str, int]] = []
    for number in range(40):
        name = f"p{number}"
        write_one(catalog, name, "x" * chance.randrange(6000))
        acknowledged.append((name, log.stat().st_size))
    whole = log.read_bytes()
    for turn in range(times):
        wreck = folder / f"wreck-{turn}"
        wreck.mkdir()
        shutil.copy(path, wreck / path.name)
        cut = chance.randrange(len(whole) + 1)
        tail = chance.randbytes(chance.randrange(9000)) if chance.random() < 0.5 else b""
        (wreck / log.name).write_bytes(whole[:cut] + tail)
        # The shared memory is left behind by a kill and gone after a power failure.
        if chance.random() < 0.5:
            shutil.copy(path.with_name(path.name + "-shm"), wreck)
        recovered = Catalog.open(f"sqlite:///{wreck / path.name}")
        with recovered.read() as session:
            names = set(session.scalars(select(ProjectRow.name)))
            assert session.scalar(text("PRAGMA integrity_check")) == "ok"
        synced = {name for name, size in acknowledged if size <= cut}
        assert synced <= names, f"turn {turn} lost {synced - names}"
        write_one(recovered, "after")
        recovered.close()
        shutil.rmtree(wreck)
    catalog.close()


@pytest.mark.fault
def test_two_hundred_torn_logs_lose_nothing_that_was_synced(tmp_path: Path, sqlite_template: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "catalog.sqlite")
    power_failures(f"sqlite:///{tmp_path}/catalog.sqlite", tmp_path, 200)


# Publishes for ever and says so after each answer; its last words may be lost, its versions may not.
_PUBLISHER = """
import itertools, sys
from starwhale.artifacts.service import ArtifactService
from starwhale.catalog.engine import Catalog
from starwhale.core.kinds import Kind
from tests.slice.artifacts.conftest import ME, digest, version

service = ArtifactService(Catalog.open(sys.argv[1]))
for turn in itertools.count():
    content = (sys.argv[2], turn)
    made = service.publish(
        ME, project="self", kind=Kind.DATASET, name="mnist",
        version=version(content), manifest=digest(content),
    )
    print(made.seq, made.version, flush=True)
"""


def kill_publishers(url: str, journal_folder: Path, *, kills: int) -> None:
    """Let three processes publish, kill one of them at random moments, and compare with their journals."""
    chance = random.Random(0)
    journals: list[Path] = []

    def start() -> subprocess.Popen[bytes]:
        journals.append(journal_folder / f"journal-{len(journals)}")
        with journals[-1].open("wb") as journal:
            command = [sys.executable, "-c", _PUBLISHER, url, str(len(journals))]
            return subprocess.Popen(command, stdout=journal)

    running = [start() for _ in range(3)]
    try:
        for _ in range(kills):
            wait_for(lambda: journals[-1].stat().st_size > 0)
            time.sleep(chance.random() / 4)
            victim = chance.randrange(3)
            running[victim].kill()
            running[victim].wait()
            running[victim] = start()
        wait_for(lambda: journals[-1].stat().st_size > 0)
    finally:
        for process in running:
            process.kill()
            process.wait()
    acknowledged: dict[int, str] = {}
    for journal in journals:
        for line in journal.read_text().splitlines(keepends=True):
            if line.endswith("\n"):
                seq, _, made = line.strip().partition(" ")
                assert int(seq) not in acknowledged, "one number was given to two versions"
                acknowledged[int(seq)] = made
    catalog = Catalog.open(url)
    with catalog.read() as session:
        stored = dict(session.execute(select(VersionRow.seq, VersionRow.version)).all())
    assert acknowledged.items() <= stored.items()
    assert sorted(stored) == list(range(len(stored)))
    head = ArtifactService(catalog).list(ME, "self", Kind.DATASET, page=PageRequest(size=1)).items[0]
    assert head.is_latest
    assert head.seq == len(stored) - 1
    catalog.close()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.fault
def test_killed_publishers_lose_no_acknowledged_version(catalog_url: str, tmp_path: Path) -> None:
    catalog = Catalog.open(catalog_url)
    ProjectService(catalog).ensure_default(ME)
    catalog.close()
    kill_publishers(catalog_url, tmp_path, kills=4)


@pytest.mark.fault
@pytest.mark.slow
def test_fifty_killed_publishers_lose_no_acknowledged_version(catalog_url: str, tmp_path: Path) -> None:
    catalog = Catalog.open(catalog_url)
    ProjectService(catalog).ensure_default(ME)
    catalog.close()
    kill_publishers(catalog_url, tmp_path, kills=50)
