"""Uploads to a server while its garbage is collected: what is published is whole (FAULTS 19)."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from starwhale.artifacts.offers import Offer
from starwhale.catalog.tables.artifacts import ArtifactRow, PinRow, VersionRow
from starwhale.core.actor import Actor
from starwhale.core.errors import Conflict, NotFound
from starwhale.core.kinds import Kind
from starwhale.core.settings import Settings
from starwhale.core.uri import ArtifactUri
from starwhale.core.version import version_of
from starwhale.models.package import manifest_bytes
from starwhale.server.services import Services
from starwhale.storage.blobs import Blobs, BlobStat
from starwhale.storage.objects import DirectoryObjects
from starwhale.storage.trees import Trees

pytestmark = pytest.mark.fault
NO_TIME = timedelta(0)
Upload = Generator[None, None, None]


@dataclass(frozen=True)
class Package:
    """A model as whoever sends it has it: its manifest, and all blobs that it needs."""

    manifest: str
    blobs: dict[str, bytes]


def packages(place: Path, count: int) -> list[Package]:
    """Models that have files in common."""
    dice, found = random.Random(19), list[Package]()
    blobs = Blobs(DirectoryObjects(place / "store"))
    for number in range(count):
        root = place / f"tree-{number}"
        root.mkdir(parents=True)
        for name in dice.sample("abcdef", 3):
            (root / name).write_bytes(name.encode() * 500)
        (root / "own").write_bytes(str(number).encode())
        data = manifest_bytes(entries := Trees(blobs).pack(root))
        needed = {each.digest: blobs.read(each.digest) for each in entries if each.digest}
        manifest = hashlib.sha256(data).hexdigest()
        found.append(Package(manifest, {**needed, manifest: data}))
    return found


@dataclass
class Interrupted:
    """The blobs of a server; something happens whenever a collection looks at them."""

    blobs: Blobs
    interrupt: Callable[[], None]

    def all(self) -> Iterator[BlobStat]:
        for each in self.blobs.all():
            self.interrupt()
            yield each

    def sweep(self, live: Callable[[str], bool], older_than: datetime) -> Sequence[str]:
        # While it deletes, whoever writes waits at the gate; `test_sweep_races` is about that.
        self.interrupt()
        return self.blobs.sweep(live, older_than)


@dataclass
class Interleaving:
    house: Services
    actor: Actor
    offered: list[Package]
    seed: int
    under_way: list[Upload] = field(default_factory=list[Upload])
    published: int = 0
    _busy: bool = False

    def run(self) -> None:
        dice = random.Random(self.seed)
        for _ in range(2):
            for _ in range(dice.randrange(4, 16)):
                self.act(dice)
            self.collect(dice)
            self.check()
        while self.under_way:
            self.step(dice)
        self.check()

    def act(self, dice: random.Random) -> None:
        acts = [self.begin, self.step, self.step, self.step, self.remove]
        dice.choice(acts if self._busy else [*acts, self.pass_time])(dice)

    def begin(self, dice: random.Random) -> None:
        self.under_way.append(self.upload(dice.choice(self.offered), dice.choice("xy")))

    def step(self, dice: random.Random) -> None:
        if not self.under_way:
            return
        upload = dice.choice(self.under_way)
        try:
            next(upload)
        except (StopIteration, Conflict, NotFound):  # it is done, or was told that it is not
            self.under_way.remove(upload)

    def upload(self, package: Package, name: str) -> Upload:
        uploads, project = self.house.uploads, "vision"
        build = uploads.open(self.actor, project=project, kind=Kind.MODEL, name=name, manifests=()).id
        yield
        asked = [(digest, len(data)) for digest, data in package.blobs.items()]
        missing = uploads.missing(self.actor, build, asked)
        yield
        for digest in missing:
            reception = uploads.receive(self.actor, build, digest)
            try:
                reception.write(package.blobs[digest])
                reception.finish()
            finally:
                reception.close()
            yield
        offer: dict[str, Any] = {"parent": None, "message": "", "size": 1, "meta": {}, "tags": ()}
        version = version_of(bytes.fromhex(package.manifest))
        offer |= {"force_tags": False, "expected_head": None, "expects_head": False}
        made = Offer(version=version, manifest=package.manifest, **offer)
        uploads.publish(self.actor, project, Kind.MODEL, name, build, made)
        self.published += 1

    def remove(self, dice: random.Random) -> None:
        uri = ArtifactUri(instance="local", project="vision", kind=Kind.MODEL, name=dice.choice("xy"))
        try:
            self.house.artifacts.remove(self.actor, uri, force=dice.random() < 0.5)
        except (Conflict, NotFound):
            return

    def pass_time(self, dice: random.Random) -> None:
        """Make everything older."""
        much = timedelta(hours=dice.choice([1, 13]))
        for path in (self.house.settings.root / "objects" / "blobs").rglob("*"):
            if path.is_file():
                then = time.time() - much.total_seconds()
                os.utime(path, (then, min(then, path.stat().st_mtime - much.total_seconds())))
        with self.house.catalog.begin() as session:
            for row in session.scalars(select(PinRow)):
                since = row.since and row.since - much
                older = update(PinRow).where(PinRow.id == row.id)
                session.execute(older.values(since=since, expires_at=row.expires_at - much))

    def collect(self, dice: random.Random) -> None:
        def interrupt() -> None:
            if not self._busy and dice.random() < 0.3:
                self._busy = True
                self.act(dice)
                self._busy = False

        def watched(references: Callable[[str], Iterable[str]]) -> Callable[[str], Iterable[str]]:
            def asked(manifest: str) -> Iterable[str]:
                interrupt()
                return references(manifest)

            return asked

        known = self.house.collection
        collection = replace(
            known,
            blobs=Interrupted(self.house.blobs, interrupt),
            references={kind: watched(each) for kind, each in known.references.items()},
        )
        collection.run(self.actor, grace=NO_TIME, trash=dice.choice([NO_TIME, timedelta(days=1)]))

    def check(self) -> None:
        """Whatever version there is, all that it needs is there."""
        with self.house.catalog.read() as session:
            manifests = set(session.scalars(select(VersionRow.manifest)))
        needed = {digest for each in self.offered if each.manifest in manifests for digest in each.blobs}
        assert not self.house.blobs.missing(needed), f"seed {self.seed}"


def interleave(template: Path, place: Path, seeds: Iterable[int]) -> int:
    """How many versions were published in so many interleavings."""
    root = place / "server"
    root.mkdir()
    shutil.copy(template, root / "catalog.sqlite")
    house, published = Services(Settings.at(root)), 0
    ada = house.users.add(Actor(name="root", admin=True), "ada", password=None, admin=True)
    me = Actor(name="ada", admin=True, user=ada.id)
    house.projects.create(me, "vision")
    offered = packages(place, 8)
    for seed in seeds:
        turn = Interleaving(house, me, offered, seed)
        turn.run()
        published += turn.published
        with house.catalog.begin() as session:
            for table in (PinRow, VersionRow, ArtifactRow):
                session.execute(delete(table))
        house.collection.run(me, grace=NO_TIME, trash=NO_TIME)
    house.close()
    return published


@pytest.fixture
def quick_place(tmp_path: Path) -> Iterator[Path]:
    """In memory where there is such a place: it is not about disks."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    place = memory / f"starwhale-{os.getpid()}-{time.monotonic_ns()}"
    place.mkdir()
    yield place
    shutil.rmtree(place)


def test_what_is_published_is_whole_whatever_is_collected(sqlite_template: Path, quick_place: Path) -> None:
    assert interleave(sqlite_template, quick_place, range(25)) > 25


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_in_ten_thousand_interleavings_what_is_published_is_whole(
    sqlite_template: Path, quick_place: Path
) -> None:
    turns = int(os.environ.get("SW_TURNS", "10000"))
    print(f"{interleave(sqlite_template, quick_place, range(turns))} published in {turns} interleavings")
