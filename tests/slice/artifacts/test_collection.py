"""Garbage collection: what goes and what stays."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.slice.artifacts.conftest import ME, Shelf, digest, uri
from tests.slice.artifacts.world import DAY, NO_TIME, World

from starwhale.artifacts.expiry import Trash
from starwhale.artifacts.gc import CollectionService
from starwhale.artifacts.schemas import CollectionReport
from starwhale.catalog.tables.events import EventRow
from starwhale.core.errors import Conflict, Corrupted, NotFound
from starwhale.core.kinds import Kind
from starwhale.kit.times import utc_now
from starwhale.storage.blobs import Blobs
from starwhale.storage.objects import open_objects


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
    assert world.collect() == told == CollectionReport(purged=1, blobs=2, logs=0, freed=20, builds=0)


def test_the_trash_keeps_its_bytes_for_thirty_days(world: World) -> None:
    world.publish("mnist", 1, ["a"])
    world.shelf.service.remove(ME, uri("mnist"))
    world.pass_time(29 * DAY)
    assert world.collect() == CollectionReport(purged=0, blobs=0, logs=0, freed=0, builds=0)
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
    with pytest.raises(Corrupted, match="cannot be told"):
        world.collect()
    assert len(world.blobs.stats) == 1


def test_other_roots_and_other_trash_take_part(world: World) -> None:
    kept = digest("table")
    world.blobs.put(kept)
    asked: list[datetime] = []
    left = list(range(120))

    def old(before: datetime) -> list[int]:
        asked.append(before)
        return [*left, 1000]  # which somebody takes out of the trash meanwhile

    def purge(_: object, some: Sequence[int], before: datetime) -> list[int]:
        asked.append(before)
        return [each for each in some if each in left]

    def clear(gone: Sequence[int]) -> None:
        for each in gone:
            left.remove(each)

    service = CollectionService(
        catalog=world.shelf.service.catalog,
        blobs=world.blobs,
        references={},
        roots=[lambda: [kept]],
        before=[Trash(old=old, delete=purge, clear=clear)],
    )
    assert service.run(ME, grace=NO_TIME, trash=DAY, dry_run=True).purged == 120
    assert len(left) == 120
    report = service.run(ME, grace=NO_TIME, trash=DAY)
    assert (report.purged, report.blobs, left) == (120, 0, [])
    assert max(asked) < utc_now() - DAY
    with service.catalog.read() as session:
        names = [event.payload for event in session.scalars(select(EventRow)) if event.name == "trash.purged"]
    assert names == [{"things": 50}, {"things": 50}, {"things": 20}]


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
    assert service.run(ME) == CollectionReport(purged=0, blobs=1, logs=0, freed=6, builds=0)
    assert (blobs.exists(used), blobs.exists(manifest), blobs.exists(unused)) == (True, True, False)
