"""Garbage collection: what goes, what stays, and what happens while it is at work (fault 19)."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.slice.artifacts.conftest import ME, Shelf, digest, uri

from starwhale.artifacts.gc import CollectionService
from starwhale.artifacts.schemas import Build, CollectionReport
from starwhale.catalog.tables.artifacts import ArtifactRow, PinRow, VersionRow
from starwhale.core.errors import Conflict, Corrupted, NotFound
from starwhale.core.kinds import Kind
from starwhale.kit.times import utc_now
from starwhale.storage.blobs import Blobs, BlobStat
from starwhale.storage.objects import open_objects

DAY = timedelta(days=1)
NO_TIME = timedelta(0)


@dataclass
class MemoryBlobs:
    """A store of blobs in memory whose clock can be put forward. `interrupt` runs whenever it is read."""

    stats: dict[str, datetime] = field(default_factory=dict[str, datetime])
    interrupt: Callable[[], None] = lambda: None

    def put(self, name: str) -> None:
        self.stats[name] = utc_now()

    def all(self) -> Iterator[BlobStat]:
        self.interrupt()
        for name, modified in list(self.stats.items()):
            yield BlobStat(digest=name, size=10, modified=modified)

    def sweep(self, live: Callable[[str], bool], older_than: datetime) -> Sequence[str]:
        gone: list[str] = []
        for name in list(self.stats):
            self.interrupt()
            if name in self.stats and self.stats[name] < older_than and not live(name):
                del self.stats[name]
                gone.append(name)
        return gone


@dataclass
class World:
    """Datasets whose manifests name blobs, a store that holds them, and collection over both."""

    shelf: Shelf
    blobs: MemoryBlobs = field(default_factory=MemoryBlobs)
    contents: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    def store(self, content: object, blobs: Iterable[object], *, touched: Iterable[object] = ()) -> str:
        """Put blobs, then the manifest that names them and those that are only `touched` by name."""
        names = [digest(("blob", blob)) for blob in blobs]
        for name in names:
            self.blobs.put(name)
        manifest = digest(content)
        self.contents[manifest] = (*names, *[digest(("blob", blob)) for blob in touched])
        self.blobs.put(manifest)
        return manifest

    def publish(self, name: str, content: object, blobs: Iterable[object], **more: Any) -> None:
        self.shelf.publish(name, content, manifest=self.store(content, blobs), **more)

    def references(self, manifest: str) -> tuple[str, ...]:
        self.blobs.interrupt()
        return self.contents[manifest]

    def collect(self, **more: Any) -> CollectionReport:
        service = CollectionService(
            catalog=self.shelf.service.catalog, blobs=self.blobs, references={"dataset": self.references}
        )
        facts: dict[str, Any] = {"grace": NO_TIME, **more}
        return service.run(ME, **facts)

    def pass_time(self, much: timedelta) -> None:
        """Let everything be so much older than it was."""
        self.blobs.stats = {name: modified - much for name, modified in self.blobs.stats.items()}
        with self.shelf.service.catalog.begin() as session:
            for table, columns in (
                (PinRow, ("since", "expires_at")),
                (VersionRow, ("removed_at",)),
                (ArtifactRow, ("removed_at",)),
            ):
                for row in session.scalars(select(table)).all():
                    for column in columns:
                        moment = getattr(row, column)
                        if moment is not None:
                            setattr(row, column, moment - much)

    def missing(self) -> set[str]:
        """Blobs that a version needs and the store no longer has."""
        with self.shelf.service.catalog.read() as session:
            manifests = session.scalars(select(VersionRow.manifest)).all()
        needed = {name for manifest in manifests for name in (manifest, *self.contents[manifest])}
        return needed - set(self.blobs.stats)


@pytest.fixture
def world(shelf: Shelf) -> World:
    return World(shelf)


def test_what_no_version_names_goes_and_the_rest_stays(world: World) -> None:
    world.publish("mnist", 1, ["a", "b"])
    world.publish("mnist", 2, ["b", "c"])
    world.blobs.put(digest("nobody's"))
    world.shelf.service.remove(ME, uri("mnist/v0"), force=True)
    report = world.collect()
    assert (report.blobs, report.freed, report.purged, report.builds) == (3, 30, 0, 0)
    assert set(world.blobs.stats) == {digest(("blob", "b")), digest(("blob", "c")), digest(2)}
    assert world.collect().blobs == 0


def test_a_dry_run_tells_the_same_and_changes_nothing(world: World) -> None:
    world.publish("mnist", 1, ["a"])
    world.publish("cifar", 2, ["b"])
    world.shelf.service.remove(ME, uri("mnist"))
    world.pass_time(31 * DAY)
    told = world.collect(dry_run=True)
    assert len(world.blobs.stats) == 4
    world.shelf.service.recover(ME, uri("mnist"))
    world.shelf.service.remove(ME, uri("mnist"))
    world.pass_time(31 * DAY)
    assert world.collect() == told == CollectionReport(purged=1, blobs=2, freed=20, builds=0)


def test_the_trash_keeps_its_bytes_for_thirty_days(world: World) -> None:
    world.publish("mnist", 1, ["a"])
    world.shelf.service.remove(ME, uri("mnist"))
    world.pass_time(29 * DAY)
    assert world.collect() == CollectionReport(purged=0, blobs=0, freed=0, builds=0)
    world.pass_time(2 * DAY)
    assert world.collect().purged == 1
    assert world.blobs.stats == {}
    with pytest.raises(NotFound):
        world.shelf.service.recover(ME, uri("mnist"))


def test_a_removed_version_and_a_removed_project_are_purged_too(world: World) -> None:
    world.publish("mnist", 1, ["a"])
    world.publish("mnist", 2, ["b"])
    world.shelf.service.projects.create(ME, "vision")
    world.publish("mnist", 3, ["c"], project="vision")
    world.shelf.service.remove(ME, uri("mnist/v1"))
    world.shelf.service.projects.remove(ME, "vision")
    assert world.collect(trash=NO_TIME).purged == 2
    assert set(world.blobs.stats) == {digest(("blob", "a")), digest(1)}
    assert world.shelf.tags("mnist") == ("latest", "v0")


def test_young_blobs_stay_for_the_grace_period(world: World) -> None:
    world.blobs.put("aa" * 32)
    assert world.collect(grace=timedelta(hours=1)).blobs == 0
    world.pass_time(timedelta(hours=2))
    assert world.collect(grace=timedelta(hours=1)).blobs == 1


def test_a_build_holds_what_is_younger_than_itself(world: World) -> None:
    world.blobs.put(digest("old"))
    world.pass_time(DAY)
    build = world.shelf.service.open_build(ME, project="self", kind=Kind.DATASET, name="mnist")
    manifest = world.store(1, ["a"])
    world.pass_time(timedelta(hours=23))
    report = world.collect()
    assert (report.blobs, report.builds) == (1, 1)
    world.shelf.publish("mnist", 1, manifest=manifest, build=build)
    assert world.missing() == set()


def test_a_build_that_died_holds_nothing_for_ever_and_cannot_be_published(world: World) -> None:
    build = world.shelf.service.open_build(ME, project="self", kind=Kind.DATASET, name="mnist")
    manifest = world.store(1, ["a"])
    world.pass_time(timedelta(hours=25))
    assert world.collect().blobs == 2
    with pytest.raises(Conflict, match="given up"):
        world.shelf.publish("mnist", 1, manifest=manifest, build=build)


def test_a_manifest_that_cannot_be_read_stops_collection(world: World) -> None:
    world.publish("mnist", 1, ["a"])
    world.blobs.put(digest("nobody's"))

    def unreadable(_: str) -> tuple[str, ...]:
        raise Corrupted("blob is not what was written")

    service = CollectionService(
        catalog=world.shelf.service.catalog, blobs=world.blobs, references={"dataset": unreadable}
    )
    with pytest.raises(Corrupted):
        service.run(ME, grace=NO_TIME)
    assert len(world.blobs.stats) == 3


def test_a_kind_nobody_can_read_stops_collection(world: World) -> None:
    world.shelf.publish("net", 1, kind=Kind.MODEL)
    world.blobs.put(digest("nobody's"))
    with pytest.raises(KeyError):
        world.collect()
    assert len(world.blobs.stats) == 1


def test_other_roots_and_other_trash_take_part(world: World) -> None:
    kept = digest("table")
    world.blobs.put(kept)
    asked: list[datetime] = []

    def purge(_: object, before: datetime) -> int:
        asked.append(before)
        return 5

    service = CollectionService(
        catalog=world.shelf.service.catalog,
        blobs=world.blobs,
        references={},
        roots=[lambda: [kept]],
        purges=[purge],
    )
    report = service.run(ME, grace=NO_TIME, trash=DAY)
    assert (report.purged, report.blobs) == (5, 0)
    assert asked[0] < utc_now() - DAY


def test_over_a_real_store_unused_files_go_and_used_ones_stay(shelf: Shelf, tmp_path: Path) -> None:
    root = tmp_path / "objects"
    blobs = Blobs(open_objects(str(root), {}))
    used, unused = blobs.put(b"used"), blobs.put(b"unused")
    manifest = blobs.put(b"manifest")
    shelf.publish("mnist", 1, manifest=manifest)
    for path in root.rglob("*"):
        if path.is_file():
            os.utime(path, times=(0, 0))
    service = CollectionService(
        catalog=shelf.service.catalog, blobs=blobs, references={"dataset": lambda _: [used]}
    )
    assert service.run(ME, dry_run=True).blobs == 1
    assert service.run(ME) == CollectionReport(purged=0, blobs=1, freed=6, builds=0)
    assert (blobs.exists(used), blobs.exists(manifest), blobs.exists(unused)) == (True, True, False)


class Interleaving:
    """Random work of several people, done while collection marks and sweeps."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.random = random.Random(seed)
        self.seed = seed
        self.builds: list[tuple[Build, str, str]] = []
        self.count = 0
        self.acting = False

    def run(self) -> None:
        for _ in range(3):
            for _ in range(self.random.randrange(2, 6)):
                self.act()
            self.world.blobs.interrupt = self.sometimes
            self.world.collect(trash=self.random.choice([NO_TIME, DAY]))
            self.world.blobs.interrupt = lambda: None
            assert self.world.missing() == set(), f"seed {self.seed}"
        self.finish_all()
        assert self.world.missing() == set(), f"seed {self.seed}"

    def sometimes(self) -> None:
        if not self.acting and self.random.random() < 0.5:
            self.acting = True
            self.act()
            self.acting = False

    def act(self) -> None:
        acts = [self.begin, self.begin, self.finish, self.finish, self.remove, self.recover, self.replace]
        if not self.acting:
            acts += [
                self.wait,
                self.wait,
            ]  # what is older by a day must not be so in the middle of a collection
        try:
            self.random.choice(acts)()
        except (NotFound, Conflict):
            return  # somebody was quicker, and was told

    def begin(self) -> None:
        """Begin a build, on its own or on top of the latest version, and store its blobs."""
        name, content = self.random.choice("xy"), (self.seed, self.count)
        self.count += 1
        service = self.world.shelf.service
        head = service.head(ME, "self", Kind.DATASET, name) if self.random.random() < 0.7 else None
        base = [head.manifest] if head is not None else []
        build = service.open_build(ME, project="self", kind=Kind.DATASET, name=name, manifests=base)
        inherited = self.world.contents[base[0]] if base else ()
        # New blobs, and blobs that the store may have from somebody else.
        manifest = self.world.store(content, [content, self.random.randrange(5)])
        self.world.contents[manifest] += inherited
        self.builds.append((build, name, manifest))

    def finish(self) -> None:
        if self.builds:
            build, name, manifest = self.builds.pop(self.random.randrange(len(self.builds)))
            self.world.shelf.publish(name, manifest, manifest=manifest, build=build)

    def finish_all(self) -> None:
        while self.builds:
            try:
                self.finish()
            except Conflict:
                continue

    def remove(self) -> None:
        word = self.random.choice("xy") + self.random.choice(["", "/latest", "/v0", "/v1"])
        self.world.shelf.service.remove(ME, uri(word), force=self.random.random() < 0.5)

    def recover(self) -> None:
        word = self.random.choice("xy") + self.random.choice(["", "/v0", "/v1", "/v2"])
        self.world.shelf.service.recover(ME, uri(word), force=self.random.random() < 0.5)

    def replace(self) -> None:
        """Compact the latest version: other blobs, same version."""
        name = self.random.choice("xy")
        head = self.world.shelf.service.head(ME, "self", Kind.DATASET, name)
        if head is None:
            return
        where: dict[str, Any] = {"project": "self", "kind": Kind.DATASET, "name": name}
        with self.world.shelf.service.builds.building(ME, **where, manifests=[head.manifest]) as build:
            self.count += 1
            manifest = self.world.store(("compact", self.seed, self.count), [("c", self.count)])
            self.world.shelf.service.builds.replace_manifest(
                ME, **where, version=head.version, expected=head.manifest, manifest=manifest, build=build
            )

    def wait(self) -> None:
        self.world.pass_time(self.random.choice([timedelta(minutes=30), timedelta(hours=13)]))


def interleave(shelf: Shelf, seeds: Iterable[int]) -> None:
    for seed in seeds:
        Interleaving(World(shelf), seed).run()
        with shelf.service.catalog.begin() as session:
            for table in (PinRow, VersionRow, ArtifactRow):
                session.execute(table.__table__.delete())  # type: ignore[attr-defined]


def test_whatever_goes_on_meanwhile_no_referenced_blob_is_removed(shelf: Shelf) -> None:
    interleave(shelf, range(60))


@pytest.mark.slow
@pytest.mark.fault
@pytest.mark.timeout(3600)
def test_in_ten_thousand_interleavings_no_referenced_blob_is_removed(shelf: Shelf, database: str) -> None:
    # Each holds three collections.
    interleave(shelf, range(3_400 if database == "sqlite" else 400))
